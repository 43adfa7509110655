; TOML
(table (bare_key) @name) @definition.section
(table (dotted_key) @name) @definition.section
(table_array_element (_) @name) @definition.section
(pair (bare_key) @name) @definition.field

; place
(comment) @comment
(string) @string
[(pair) (table) (table_array_element)] @statement
[(table) (array) (inline_table)] @block
(bare_key) @reference
