; Swift
(function_declaration name: (simple_identifier) @name body: (_) @body) @definition.function
(init_declaration body: (_) @body "init" @name) @definition.method
(class_declaration declaration_kind: ["class" "struct" "actor"] name: (_) @name body: (_) @body) @definition.class
(class_declaration declaration_kind: "enum" name: (_) @name body: (_) @body) @definition.enum
(class_declaration declaration_kind: "extension" name: (_) @name body: (_) @body) @definition.extension
(protocol_declaration name: (_) @name body: (_) @body) @definition.interface
(protocol_function_declaration name: (simple_identifier) @name) @definition.method
(typealias_declaration name: (_) @name) @definition.type
(property_declaration name: (pattern (simple_identifier) @name)) @definition.field
(enum_entry name: (_) @name) @definition.constant

(import_declaration (identifier) @import.module) @import

; place
[(comment) (multiline_comment)] @comment
[(line_string_literal) (multi_line_string_literal) (raw_string_literal)] @string
[
  (property_declaration) (assignment) (function_declaration) (class_declaration) (protocol_declaration)
  (init_declaration) (if_statement) (guard_statement) (switch_statement) (for_statement) (while_statement)
  (do_statement) (control_transfer_statement) (call_expression) (import_declaration) (typealias_declaration)
  (switch_entry) (enum_entry)
] @statement
[(statements) (function_body) (class_body) (enum_class_body) (protocol_body)] @block
[(simple_identifier) (type_identifier)] @reference
