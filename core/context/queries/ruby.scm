; Ruby
(method name: (_) @name body: (_) @body) @definition.function
(method name: (_) @name !body) @definition.function
(singleton_method name: (_) @name body: (_) @body) @definition.method
(class name: (_) @name body: (_) @body) @definition.class
(class name: (_) @name !body) @definition.class
(module name: (_) @name body: (_) @body) @definition.module
(assignment left: (constant) @name) @definition.constant

((call method: (identifier) @_require arguments: (argument_list (string) @import.module)) @import
  (#any-of? @_require "require" "require_relative" "load"))

; place
(comment) @comment
[(string) (regex) (heredoc_body) (string_array)] @string
[
  (assignment) (operator_assignment) (call) (if) (unless) (while) (until) (case) (begin) (for) (method)
  (singleton_method) (class) (module) (return) (if_modifier) (unless_modifier) (yield) (break) (next)
] @statement
[(body_statement) (then) (do) (do_block) (block) (else)] @block
[(identifier) (constant) (instance_variable)] @reference
