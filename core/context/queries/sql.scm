; SQL
(create_table (object_reference name: (_) @name) (column_definitions) @body) @definition.class
(create_view (object_reference name: (_) @name)) @definition.class
(create_function (object_reference name: (_) @name)) @definition.function
(create_index column: (_) @name) @definition.variable
(column_definition name: (_) @name) @definition.field
(cte (identifier) @name) @definition.variable

; place
[(comment) (marginalia)] @comment
(literal) @string
(statement) @statement
[(column_definitions) (subquery) (cte)] @block
(identifier) @reference
