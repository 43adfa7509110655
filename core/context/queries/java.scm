; Java
(class_declaration name: (_) @name body: (_) @body) @definition.class
(record_declaration name: (_) @name body: (_) @body) @definition.class
(interface_declaration name: (_) @name body: (_) @body) @definition.interface
(annotation_type_declaration name: (_) @name body: (_) @body) @definition.interface
(enum_declaration name: (_) @name body: (_) @body) @definition.enum
(method_declaration name: (_) @name body: (_) @body) @definition.method
(method_declaration name: (_) @name !body) @definition.method
(constructor_declaration name: (_) @name body: (_) @body) @definition.method
(field_declaration declarator: (variable_declarator name: (_) @name)) @definition.field
(enum_constant name: (_) @name) @definition.constant
(package_declaration (_) @name) @definition.module

(import_declaration (scoped_identifier) @import.module) @import
(import_declaration (scoped_identifier name: (_) @import.name)) @import

; place
[(line_comment) (block_comment)] @comment
[(string_literal) (character_literal)] @string
[
  (expression_statement) (local_variable_declaration) (return_statement) (if_statement) (for_statement)
  (enhanced_for_statement) (while_statement) (do_statement) (switch_expression) (try_statement)
  (try_with_resources_statement) (throw_statement) (break_statement) (continue_statement)
  (synchronized_statement) (class_declaration) (interface_declaration) (enum_declaration)
  (record_declaration) (method_declaration) (constructor_declaration) (field_declaration)
  (import_declaration) (package_declaration)
] @statement
[(block) (class_body) (interface_body) (enum_body) (constructor_body) (switch_block)] @block
[(identifier) (type_identifier)] @reference
