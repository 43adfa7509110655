; PHP
(function_definition name: (_) @name body: (_) @body) @definition.function
(method_declaration name: (_) @name body: (_) @body) @definition.method
(method_declaration name: (_) @name !body) @definition.method
(class_declaration name: (_) @name body: (_) @body) @definition.class
(interface_declaration name: (_) @name body: (_) @body) @definition.interface
(trait_declaration name: (_) @name body: (_) @body) @definition.interface
(enum_declaration name: (_) @name body: (_) @body) @definition.enum
(namespace_definition name: (_) @name) @definition.module
(const_declaration (const_element (name) @name)) @definition.constant
(property_declaration (property_element name: (_) @name)) @definition.field

(namespace_use_declaration (namespace_use_clause (qualified_name) @import.module)) @import
(namespace_use_declaration (namespace_use_clause (name) @import.module)) @import
(require_once_expression (string) @import.module) @import
(require_expression (string) @import.module) @import
(include_expression (string) @import.module) @import

; place
(comment) @comment
[(string) (encapsed_string) (heredoc) (nowdoc)] @string
[
  (expression_statement) (return_statement) (if_statement) (for_statement) (foreach_statement)
  (while_statement) (do_statement) (switch_statement) (try_statement) (echo_statement) (break_statement)
  (continue_statement) (function_definition) (class_declaration) (interface_declaration)
  (trait_declaration) (enum_declaration) (method_declaration) (property_declaration) (const_declaration)
  (namespace_use_declaration) (namespace_definition) (case_statement)
] @statement
[(compound_statement) (declaration_list) (switch_block)] @block
[(name) (variable_name)] @reference
