; TypeScript, with JSX
(function_declaration name: (_) @name body: (_) @body) @definition.function
(generator_function_declaration name: (_) @name body: (_) @body) @definition.function
(class_declaration name: (_) @name body: (_) @body) @definition.class
(method_definition name: (_) @name body: (_) @body) @definition.method
(public_field_definition name: (_) @name) @definition.field
(variable_declarator name: (identifier) @name value: (arrow_function body: (_) @body)) @definition.function
(variable_declarator name: (identifier) @name value: (function_expression body: (_) @body)) @definition.function
(program (lexical_declaration (variable_declarator name: (identifier) @name) @definition.variable))
(program (variable_declaration (variable_declarator name: (identifier) @name) @definition.variable))
(program (export_statement (lexical_declaration (variable_declarator name: (identifier) @name) @definition.variable)))

(abstract_class_declaration name: (_) @name body: (_) @body) @definition.class
(interface_declaration name: (_) @name body: (_) @body) @definition.interface
(enum_declaration name: (_) @name body: (_) @body) @definition.enum
(type_alias_declaration name: (_) @name) @definition.type
(internal_module name: (_) @name body: (_) @body) @definition.module
(module name: (_) @name body: (_) @body) @definition.module
(function_signature name: (_) @name) @definition.function
(method_signature name: (_) @name) @definition.method
(abstract_method_signature name: (_) @name) @definition.method
(property_signature name: (_) @name) @definition.field

(import_statement source: (string) @import.module) @import
(import_statement (import_clause (identifier) @import.name)) @import
(import_statement (import_clause (named_imports (import_specifier !alias name: (_) @import.name)))) @import
(import_statement (import_clause (named_imports (import_specifier alias: (_) @import.name)))) @import
(import_statement (import_clause (namespace_import (identifier) @import.name))) @import
(export_statement source: (string) @import.module) @import
((lexical_declaration (variable_declarator name: (_) @import.name value: (call_expression
  function: (identifier) @_require arguments: (arguments (string) @import.module)))) @import (#eq? @_require "require"))

; place
(comment) @comment
[(string) (template_string) (regex)] @string
[
  (expression_statement) (lexical_declaration) (variable_declaration) (return_statement) (if_statement)
  (for_statement) (for_in_statement) (while_statement) (do_statement) (switch_statement) (try_statement)
  (throw_statement) (break_statement) (continue_statement) (function_declaration)
  (generator_function_declaration) (class_declaration) (import_statement) (export_statement)
  (method_definition) (public_field_definition) (switch_case) (abstract_class_declaration)
  (interface_declaration) (enum_declaration) (type_alias_declaration) (method_signature) (property_signature)
  (internal_module) (module)
] @statement
[(statement_block) (class_body) (switch_body) (interface_body) (enum_body)] @block
[(identifier) (property_identifier) (shorthand_property_identifier) (type_identifier)] @reference
