; C++
(function_definition declarator: (function_declarator declarator: (_) @name) body: (_) @body) @definition.function
(function_definition declarator: (pointer_declarator declarator: (function_declarator declarator: (_) @name))
  body: (_) @body) @definition.function
(translation_unit (declaration declarator: (function_declarator declarator: (identifier) @name)) @definition.function)
(struct_specifier name: (_) @name body: (_) @body) @definition.class
(union_specifier name: (_) @name body: (_) @body) @definition.class
(enum_specifier name: (_) @name body: (_) @body) @definition.enum
(type_definition declarator: (type_identifier) @name) @definition.type
(translation_unit (declaration declarator: (init_declarator declarator: (identifier) @name)) @definition.variable)
(preproc_def name: (_) @name) @definition.macro
(preproc_function_def name: (_) @name) @definition.macro
(field_declaration declarator: (field_identifier) @name) @definition.field
(enumerator name: (_) @name) @definition.constant
(function_definition declarator: (reference_declarator (function_declarator declarator: (_) @name))
  body: (_) @body) @definition.function
(class_specifier name: (_) @name body: (_) @body) @definition.class
(namespace_definition name: (_) @name body: (_) @body) @definition.module
(alias_declaration name: (_) @name) @definition.type
(field_declaration declarator: (function_declarator declarator: (_) @name)) @definition.method

(preproc_include path: (_) @import.module) @import
(using_declaration (_) @import.module) @import

; place
(comment) @comment
[(string_literal) (raw_string_literal) (char_literal)] @string
[
  (expression_statement) (declaration) (return_statement) (if_statement) (for_statement) (while_statement)
  (do_statement) (switch_statement) (case_statement) (break_statement) (continue_statement) (goto_statement)
  (function_definition) (type_definition) (preproc_include) (preproc_def) (field_declaration)
  (for_range_loop) (try_statement) (throw_statement) (using_declaration) (alias_declaration)
  (namespace_definition) (template_declaration)
] @statement
[(compound_statement) (field_declaration_list) (enumerator_list) (declaration_list)] @block
[(identifier) (type_identifier) (field_identifier) (namespace_identifier)] @reference
