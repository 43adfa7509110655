; Lua
(function_declaration name: (_) @name body: (_) @body) @definition.function
(function_declaration name: (_) @name !body) @definition.function
(assignment_statement (variable_list name: (_) @name)
  (expression_list value: (function_definition body: (_) @body))) @definition.function
(chunk (variable_declaration (assignment_statement (variable_list name: (_) @name))) @definition.variable)
(field name: (identifier) @name value: (function_definition body: (_) @body)) @definition.method

((variable_declaration (assignment_statement (variable_list name: (_) @import.name)
  (expression_list value: (function_call name: (identifier) @_require
    arguments: (arguments (string) @import.module))))) @import (#eq? @_require "require"))

; place
(comment) @comment
(string) @string
[
  (assignment_statement) (variable_declaration) (function_call) (function_declaration) (if_statement)
  (for_statement) (while_statement) (repeat_statement) (return_statement) (break_statement) (do_statement)
] @statement
[(block)] @block
(identifier) @reference
