; Risky patterns by core/guard's names, for C and C++.

; A format in capitals is a macro's, and one from a call is often a translation.
((call_expression
  function: (identifier) @_call
  arguments: (argument_list . [
    (identifier) (field_expression) (subscript_expression) (pointer_expression)
  ] @risk .))
  (#any-of? @_call "printf" "vprintf")
  (#not-match? @risk "^[A-Z0-9_]+$")
  (#set! rule "c-format"))

((call_expression
  function: (identifier) @_call
  arguments: (argument_list . (_) . [
    (identifier) (field_expression) (subscript_expression) (pointer_expression)
  ] @risk .))
  (#any-of? @_call "fprintf" "syslog" "dprintf" "sprintf")
  (#not-match? @risk "^[A-Z0-9_]+$")
  (#set! rule "c-format"))

((call_expression
  function: (identifier) @_call
  arguments: (argument_list . (_) . (_) . [
    (identifier) (field_expression) (subscript_expression) (pointer_expression)
  ] @risk .))
  (#eq? @_call "snprintf")
  (#not-match? @risk "^[A-Z0-9_]+$")
  (#set! rule "c-format"))

((call_expression
  function: (identifier) @_call
  arguments: (argument_list . [
    (identifier) (field_expression) (subscript_expression) (pointer_expression) (call_expression)
    (cast_expression value: (identifier)) (binary_expression)
  ] @risk))
  (#any-of? @_call "system" "popen")
  (#not-match? @risk "^[A-Z0-9_]+$")
  (#set! rule "c-system"))

((call_expression
  function: (identifier) @_call
  arguments: (argument_list . (_) . [
    (identifier) (field_expression) (subscript_expression) (pointer_expression) (call_expression)
    (cast_expression value: (identifier))
  ] @risk))
  (#any-of? @_call "strcpy" "strcat" "wcscpy" "wcscat")
  (#not-match? @risk "^[A-Z0-9_]+$")
  (#set! rule "c-copy"))

((call_expression
  function: (identifier) @_call
  arguments: (argument_list . (_) . (string_literal) @risk))
  (#any-of? @_call "sprintf" "vsprintf")
  (#match? @risk "%[-+ #0-9]*l?s")
  (#set! rule "c-sprintf"))

((call_expression
  function: (identifier) @_call
  arguments: (argument_list . (string_literal) @risk))
  (#eq? @_call "scanf")
  (#match? @risk "%[lh]*[s\\[]")
  (#set! rule "c-scanf"))

((call_expression
  function: (identifier) @_call
  arguments: (argument_list . (_) . (string_literal) @risk))
  (#any-of? @_call "fscanf" "sscanf")
  (#match? @risk "%[lh]*[s\\[]")
  (#set! rule "c-scanf"))

([
  (init_declarator
    declarator: [
      (identifier) @_name
      (pointer_declarator declarator: (identifier) @_name)
      (array_declarator declarator: (identifier) @_name)
    ]
    value: (string_literal (string_content) @_value))
  (assignment_expression
    left: [(identifier) @_name (field_expression field: (field_identifier) @_name)]
    right: (string_literal (string_content) @_value))
  (call_expression
    function: (identifier) @_copy
    arguments: (argument_list
      . [(identifier) @_name (field_expression field: (field_identifier) @_name)]
      . (string_literal (string_content) @_value)))
  (preproc_def name: (identifier) @_name value: (preproc_arg) @_value @_quoted)
] @risk
  (#any-of? @_copy "strcpy" "strncpy" "strlcpy")
  (#match? @_quoted "^\"")
  (#match? @_name "(?i-u)(password|passwd|passphrase|secret|api_?key|private_?key|access_?key|auth_?token|access_?token)$")
  (#match? @_value "^[!-~]{8,80}$")
  (#match? @_value "[0-9]")
  (#match? @_value "[A-Za-z]")
  (#not-match? @_value "(?i-u)example|change|your|xxx|placeholder|dummy|test|fake|todo|password|secret|env|http|[{<$%/]")
  (#set! rule "c-credential"))
