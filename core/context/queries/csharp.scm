; C#
(class_declaration name: (_) @name body: (_) @body) @definition.class
(struct_declaration name: (_) @name body: (_) @body) @definition.class
(record_declaration name: (_) @name) @definition.class
(interface_declaration name: (_) @name body: (_) @body) @definition.interface
(enum_declaration name: (_) @name body: (_) @body) @definition.enum
(method_declaration name: (_) @name body: (_) @body) @definition.method
(method_declaration name: (_) @name !body) @definition.method
(constructor_declaration name: (_) @name body: (_) @body) @definition.method
(local_function_statement name: (_) @name body: (_) @body) @definition.function
(property_declaration name: (_) @name accessors: (_) @body) @definition.field
(property_declaration name: (_) @name !accessors) @definition.field
(field_declaration (variable_declaration (variable_declarator name: (_) @name))) @definition.field
(enum_member_declaration name: (_) @name) @definition.constant
(namespace_declaration name: (_) @name body: (_) @body) @definition.module
(file_scoped_namespace_declaration name: (_) @name) @definition.module
(delegate_declaration name: (_) @name) @definition.type

(using_directive (qualified_name) @import.module) @import
(using_directive (identifier) @import.module) @import

; place
(comment) @comment
[
  (string_literal) (verbatim_string_literal) (interpolated_string_expression) (raw_string_literal)
  (character_literal)
] @string
[
  (expression_statement) (local_declaration_statement) (return_statement) (if_statement) (for_statement)
  (foreach_statement) (while_statement) (do_statement) (switch_statement) (try_statement) (throw_statement)
  (using_statement) (lock_statement) (yield_statement) (break_statement) (continue_statement)
  (local_function_statement) (class_declaration) (struct_declaration) (record_declaration)
  (interface_declaration) (enum_declaration) (method_declaration) (constructor_declaration)
  (property_declaration) (field_declaration) (using_directive) (namespace_declaration)
] @statement
[(block) (declaration_list) (enum_member_declaration_list) (switch_body) (accessor_list)] @block
(identifier) @reference
