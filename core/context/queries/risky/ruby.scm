; Risky patterns by core/guard's names.

((call
  !receiver
  method: (identifier) @_call
  arguments: (argument_list . [
    (identifier) (call) (element_reference) (binary) (instance_variable) (string (interpolation))
  ] @risk))
  (#any-of? @_call "eval" "instance_eval" "class_eval" "module_eval")
  (#set! rule "ruby-eval"))

((call
  receiver: (_) @_object
  method: (identifier) @_call
  arguments: (argument_list . [
    (identifier) (call) (element_reference) (binary) (instance_variable) (string (interpolation))
  ] @risk))
  (#any-of? @_call "eval" "instance_eval" "class_eval" "module_eval")
  (#not-match? @_object "(?i-u)^(redis|page|driver|model|browser)")
  (#set! rule "ruby-eval"))

((call
  !receiver
  method: (identifier) @_call
  arguments: (argument_list . [(string (interpolation)) (binary)] @risk))
  (#any-of? @_call "system" "exec" "spawn")
  (#match? @risk "^[\"'%]")
  (#not-match? @risk "shellescape|Shellwords")
  (#set! rule "ruby-command"))

((call
  receiver: (constant) @_class
  method: (identifier) @_call
  arguments: (argument_list . [(string (interpolation)) (binary)] @risk))
  (#any-of? @_class "Kernel" "Process" "Open3" "IO" "PTY")
  (#match? @risk "^[\"'%]")
  (#any-of? @_call "system" "exec" "spawn" "popen" "popen3" "capture2" "capture2e" "capture3")
  (#not-match? @risk "shellescape|Shellwords")
  (#set! rule "ruby-command"))

((subshell (interpolation)) @risk
  (#not-match? @risk "shellescape|Shellwords")
  (#set! rule "ruby-command"))

((call
  receiver: (_)
  method: (identifier) @_call
  arguments: (argument_list . [
    (string (interpolation)) @risk
    (binary) @risk
    (array . [(string (interpolation)) (binary)] @risk)
  ]))
  (#any-of? @_call "where" "having" "order" "pluck" "find_by_sql" "execute" "select_all" "exec_query" "delete_all" "update_all")
  (#match? @risk "^[\"']")
  (#not-match? @risk "sanitize_sql|quote")
  (#set! rule "ruby-sql"))

((call
  receiver: [
    (element_reference) (call) (string (interpolation)) (parenthesized_statements)
  ] @risk
  method: (identifier) @_call)
  (#eq? @_call "html_safe")
  (#match? @risk "(?-u)\\bparams\\b")
  (#not-match? @risk "(?-u)\\b(h|escape_once|html_escape|sanitize|strip_tags)\\b")
  (#set! rule "ruby-html-safe"))

((call
  !receiver
  method: (identifier) @_call
  arguments: (argument_list . [
    (element_reference) (call) (string (interpolation)) (binary)
  ] @risk))
  (#eq? @_call "raw")
  (#match? @risk "(?-u)\\bparams\\b")
  (#not-match? @risk "(?-u)\\b(h|escape_once|html_escape|sanitize|strip_tags)\\b")
  (#set! rule "ruby-html-safe"))

((call receiver: (_) @risk method: (identifier) @_call)
  (#any-of? @_call "constantize" "safe_constantize")
  (#match? @risk "(?-u)^params\\b")
  (#set! rule "ruby-constantize"))

((call
  receiver: (_)
  method: (identifier) @_call
  arguments: (argument_list . [(element_reference) (call)] @risk))
  (#any-of? @_call "send" "public_send" "__send__" "const_get")
  (#match? @risk "(?-u)^params\\b")
  (#set! rule "ruby-constantize"))

((call
  !receiver
  method: (identifier) @_call
  arguments: (argument_list . [
    (element_reference) (call) (string (interpolation)) (binary)
  ] @risk))
  (#eq? @_call "send_file")
  (#match? @risk "(?-u)\\bparams(\\[|\\.(require|fetch)\\b)")
  (#not-match? @risk "basename")
  (#set! rule "ruby-path"))

((call
  receiver: [
    (constant) @_class
    (call receiver: (constant) @_class method: (identifier) @_root)
  ]
  method: (identifier) @_call
  arguments: (argument_list [
    (element_reference) (call) (string (interpolation)) (binary)
  ] @risk))
  (#any-of? @_class "File" "IO" "Dir" "FileUtils" "Pathname" "Rails")
  (#eq? @_root "root")
  (#any-of? @_call "read" "open" "new" "delete" "join" "readlines" "binread" "rm")
  (#match? @risk "(?-u)\\bparams(\\[|\\.(require|fetch)\\b)")
  (#not-match? @risk "basename")
  (#set! rule "ruby-path"))

((call
  !receiver
  method: (identifier) @_call
  arguments: (argument_list . [(element_reference) (call) (binary)] @risk))
  (#eq? @_call "redirect_to")
  (#match? @risk "(?-u)^params(\\[|\\.(require|fetch)\\b)")
  (#set! rule "ruby-redirect"))

; The last is what there is if the environment has none.
([
  (assignment
    left: [
      (identifier) @_name (constant) @_name (instance_variable) @_name
      (call method: (identifier) @_name)
    ]
    right: (string . (string_content) @_value .))
  (operator_assignment
    left: [(identifier) @_name (constant) @_name (instance_variable) @_name]
    right: (string . (string_content) @_value .))
  (pair
    key: [(hash_key_symbol) @_name (simple_symbol) @_name (string (string_content) @_name)]
    value: (string . (string_content) @_value .))
  (call
    receiver: (constant) @_env
    method: (identifier) @_fetch
    arguments: (argument_list
      . (string (string_content) @_name)
      . (string . (string_content) @_value .)))
] @risk
  (#eq? @_env "ENV")
  (#eq? @_fetch "fetch")
  (#match? @_name "(?i-u)(password|passwd|passphrase|secret|api_?key|private_?key|access_?key|auth_?token|access_?token)$")
  (#match? @_value "^[!-~]{8,80}$")
  (#match? @_value "[0-9]")
  (#match? @_value "[A-Za-z]")
  (#not-match? @_value "(?i-u)example|change|your|xxx|placeholder|dummy|test|fake|todo|password|secret|env|http|[{<$%/]")
  (#set! rule "ruby-credential"))
