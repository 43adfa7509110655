; JSON
(document (object (pair key: (string (string_content) @name)) @definition.field))
(document (object (pair value: (object (pair key: (string (string_content) @name)) @definition.field))))

; place
(comment) @comment
(string) @string
(pair) @statement
[(object) (array)] @block
(string_content) @reference
