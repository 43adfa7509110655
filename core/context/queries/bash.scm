; Shell
(function_definition name: (_) @name body: (_) @body) @definition.function
(program (variable_assignment name: (_) @name) @definition.variable)
(program (declaration_command (variable_assignment name: (_) @name)) @definition.variable)

((command name: (command_name) @_source argument: (_) @import.module) @import (#any-of? @_source "source" "."))

; place
(comment) @comment
[(string) (raw_string) (ansi_c_string) (heredoc_body)] @string
[
  (command) (variable_assignment) (declaration_command) (pipeline) (list) (if_statement) (for_statement)
  (c_style_for_statement) (while_statement) (case_statement) (function_definition) (redirected_statement)
  (test_command) (subshell) (case_item)
] @statement
[(compound_statement) (do_group)] @block
[(variable_name) (command_name)] @reference
