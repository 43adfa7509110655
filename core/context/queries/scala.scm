; Scala
(function_definition name: (_) @name body: (_) @body) @definition.function
(function_declaration name: (_) @name) @definition.function
(class_definition name: (_) @name body: (_) @body) @definition.class
(class_definition name: (_) @name !body) @definition.class
(object_definition name: (_) @name body: (_) @body) @definition.class
(trait_definition name: (_) @name body: (_) @body) @definition.interface
(enum_definition name: (_) @name body: (_) @body) @definition.enum
(type_definition name: (_) @name) @definition.type
(val_definition pattern: (identifier) @name) @definition.field
(var_definition pattern: (identifier) @name) @definition.field
(package_clause name: (_) @name) @definition.module

(import_declaration path: (_) @import.name) @import

; place
[(comment) (block_comment)] @comment
[(string) (interpolated_string_expression) (character_literal)] @string
[
  (val_definition) (var_definition) (function_definition) (class_definition) (object_definition)
  (trait_definition) (enum_definition) (type_definition) (if_expression) (match_expression) (for_expression)
  (while_expression) (try_expression) (call_expression) (assignment_expression) (return_expression)
  (import_declaration) (package_clause) (case_clause)
] @statement
[(block) (template_body) (indented_block) (case_block) (enum_body)] @block
[(identifier) (type_identifier)] @reference
