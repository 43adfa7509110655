; Rust
(function_item name: (_) @name body: (block) @body) @definition.function
(function_signature_item name: (_) @name) @definition.function
(struct_item name: (_) @name body: (_) @body) @definition.class
(struct_item name: (_) @name !body) @definition.class
(union_item name: (_) @name body: (_) @body) @definition.class
(enum_item name: (_) @name body: (_) @body) @definition.enum
(trait_item name: (_) @name body: (_) @body) @definition.interface
(impl_item type: (_) @name body: (_) @body) @definition.extension
(mod_item name: (_) @name body: (_) @body) @definition.module
(mod_item name: (_) @name !body) @definition.module
(type_item name: (_) @name) @definition.type
(const_item name: (_) @name) @definition.constant
(static_item name: (_) @name) @definition.constant
(macro_definition name: (_) @name) @definition.macro
(field_declaration name: (_) @name) @definition.field

(use_declaration argument: (identifier) @import.module) @import
(use_declaration argument: (scoped_identifier path: (_) @import.module name: (_) @import.name)) @import
(use_declaration argument: (scoped_use_list path: (_) @import.module)) @import
(use_declaration argument: (scoped_use_list list: (use_list (identifier) @import.name))) @import
(use_declaration argument: (scoped_use_list list: (use_list (scoped_identifier name: (_) @import.name)))) @import
(use_declaration argument: (scoped_use_list list: (use_list (use_as_clause alias: (_) @import.name)))) @import
(use_declaration argument: (use_as_clause path: (_) @import.module alias: (_) @import.name)) @import
(use_declaration argument: (use_wildcard (_) @import.module)) @import
(extern_crate_declaration name: (_) @import.module) @import

; place
[(line_comment) (block_comment)] @comment
[(string_literal) (raw_string_literal) (char_literal)] @string
[
  (let_declaration) (expression_statement) (function_item) (struct_item) (enum_item) (trait_item) (impl_item)
  (mod_item) (type_item) (const_item) (static_item) (use_declaration) (macro_definition) (attribute_item)
  (function_signature_item) (match_arm) (field_declaration) (enum_variant)
] @statement
[(block) (declaration_list) (field_declaration_list) (enum_variant_list) (match_block)] @block
[(identifier) (type_identifier) (field_identifier)] @reference
