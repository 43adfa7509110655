; Go
(function_declaration name: (_) @name body: (_) @body) @definition.function
(method_declaration name: (_) @name body: (_) @body) @definition.method
(type_declaration (type_spec name: (_) @name type: (struct_type (field_declaration_list) @body))) @definition.class
(type_declaration (type_spec name: (_) @name type: (interface_type))) @definition.interface
(type_declaration (type_spec name: (_) @name)) @definition.type
(type_declaration (type_alias name: (_) @name)) @definition.type
(const_spec name: (_) @name) @definition.constant
(source_file (var_declaration (var_spec name: (_) @name) @definition.variable))
(field_declaration name: (_) @name) @definition.field
(method_elem name: (_) @name) @definition.method

(import_spec path: (_) @import.module) @import
(import_spec name: (package_identifier) @import.name) @import

; place
(comment) @comment
[(interpreted_string_literal) (raw_string_literal) (rune_literal)] @string
[
  (expression_statement) (short_var_declaration) (assignment_statement) (return_statement) (if_statement)
  (for_statement) (expression_switch_statement) (type_switch_statement) (select_statement) (go_statement)
  (defer_statement) (var_declaration) (const_declaration) (type_declaration) (function_declaration)
  (method_declaration) (import_declaration) (inc_statement) (dec_statement) (break_statement)
  (continue_statement) (send_statement) (expression_case) (field_declaration)
] @statement
[(block) (field_declaration_list) (interface_type)] @block
[(identifier) (type_identifier) (field_identifier) (package_identifier)] @reference
