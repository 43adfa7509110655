; Kotlin
(function_declaration name: (_) @name (function_body) @body) @definition.function
(function_declaration name: (_) @name) @definition.function
(class_declaration name: (_) @name (class_body) @body) @definition.class
(class_declaration name: (_) @name (enum_class_body) @body) @definition.enum
(class_declaration name: (_) @name) @definition.class
(object_declaration name: (_) @name (class_body) @body) @definition.class
(type_alias type: (_) @name) @definition.type
(property_declaration (variable_declaration (identifier) @name)) @definition.field
(enum_entry (identifier) @name) @definition.constant
(package_header (qualified_identifier) @name) @definition.module

(import (qualified_identifier) @import.module) @import
(import (qualified_identifier (identifier) @import.name .)) @import

; place
[(line_comment) (block_comment)] @comment
[(string_literal) (multiline_string_literal) (character_literal)] @string
[
  (property_declaration) (assignment) (function_declaration) (class_declaration) (object_declaration)
  (if_expression) (when_expression) (try_expression) (for_statement) (while_statement) (do_while_statement)
  (return_expression) (throw_expression) (call_expression) (import) (package_header) (when_entry)
] @statement
[(block) (class_body) (enum_class_body) (function_body)] @block
(identifier) @reference
