; Python
(function_definition name: (_) @name body: (_) @body) @definition.function
(class_definition name: (_) @name body: (_) @body) @definition.class
(type_alias_statement left: (_) @name) @definition.type
(module (expression_statement (assignment left: (identifier) @name) @definition.variable))
(class_definition body: (block (expression_statement (assignment left: (identifier) @name) @definition.field)))

(import_statement name: (dotted_name) @import.module) @import
(import_statement name: (aliased_import name: (_) @import.module alias: (_) @import.name)) @import
(import_from_statement module_name: (_) @import.module) @import
(import_from_statement name: (dotted_name) @import.name) @import
(import_from_statement name: (aliased_import alias: (_) @import.name)) @import

; place
(comment) @comment
(string) @string
[
  (expression_statement) (return_statement) (if_statement) (for_statement) (while_statement) (try_statement)
  (with_statement) (function_definition) (class_definition) (decorated_definition) (import_statement)
  (import_from_statement) (assert_statement) (raise_statement) (pass_statement) (break_statement)
  (continue_statement) (delete_statement) (global_statement) (nonlocal_statement) (match_statement)
  (type_alias_statement)
] @statement
[(block)] @block
(identifier) @reference
