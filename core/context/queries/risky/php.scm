; Risky patterns by core/guard's names.

((function_call_expression
  function: (name) @_call
  arguments: (arguments . (argument [
    (variable_name) (subscript_expression) (member_access_expression) (binary_expression)
    (function_call_expression) (member_call_expression) (cast_expression)
    (encapsed_string [(variable_name) (subscript_expression) (member_access_expression)])
  ] @risk)))
  (#any-of? @_call "eval" "create_function")
  (#set! rule "php-eval"))

((function_call_expression
  function: (name) @_call
  arguments: (arguments . (argument (_) @risk)))
  (#eq? @_call "assert")
  (#match? @risk "\\$_(GET|POST|REQUEST|COOKIE)")
  (#set! rule "php-eval"))

((function_call_expression
  function: (name) @_call
  arguments: (arguments . (argument [
    (variable_name) (subscript_expression) (member_access_expression) (binary_expression)
    (function_call_expression) (member_call_expression)
    (encapsed_string [(variable_name) (subscript_expression) (member_access_expression)])
  ] @risk)))
  (#any-of? @_call "exec" "system" "shell_exec" "passthru" "popen" "proc_open")
  (#not-match? @risk "escapeshell(arg|cmd)")
  (#set! rule "php-command"))

((shell_command_expression [
  (variable_name) (subscript_expression) (member_access_expression)
]) @risk
  (#set! rule "php-command"))

; Tables with a prefix of their own are no strangers.
([
  (function_call_expression
    function: (name) @_call
    arguments: (arguments (argument [
      (binary_expression)
      (encapsed_string [(variable_name) (subscript_expression) (member_access_expression)])
    ] @risk)))
  (member_call_expression
    name: (name) @_method
    arguments: (arguments . (argument [
      (binary_expression)
      (encapsed_string [(variable_name) (subscript_expression) (member_access_expression)])
      (function_call_expression function: (name) @_format)
    ] @risk)))
]
  (#any-of? @_call "mysqli_query" "mysql_query" "pg_query")
  (#any-of? @_method "query" "exec" "prepare" "multi_query" "get_results" "get_row" "get_var")
  (#eq? @_format "sprintf")
  (#match? @risk "(?is-u)^(sprintf\\(\\s*)?[\"']\\s*(select\\s.*\\sfrom\\s|insert\\s+into\\s|update\\s.*\\sset\\s|delete\\s+from\\s|(drop|alter|create)\\s+table\\s|replace\\s+into\\s)")
  (#not-match? @risk "wpdb->|prefix")
  (#set! rule "php-sql"))

([
  (include_expression (_) @risk)
  (include_once_expression (_) @risk)
  (require_expression (_) @risk)
  (require_once_expression (_) @risk)
]
  (#match? @risk "\\$_(GET|POST|REQUEST|COOKIE)")
  (#not-match? @risk "basename")
  (#set! rule "php-include"))

([(echo_statement (_) @risk) (print_intrinsic (_) @risk)]
  (#match? @risk "\\$_(GET|POST|REQUEST|COOKIE)")
  (#not-match? @risk "(?i-u)htmlspecialchars|htmlentities|intval|\\(int\\)|strip_tags|urlencode|json_encode|count|isset|empty|esc_|escape|sanitize")
  (#set! rule "php-xss"))

((function_call_expression function: (name) @_call arguments: (arguments) @risk)
  (#eq? @_call "unserialize")
  (#match? @risk "\\$_(GET|POST|REQUEST|COOKIE)|base64_decode")
  (#not-match? @risk "allowed_classes")
  (#set! rule "php-unserialize"))

((function_call_expression
  function: (name) @_call
  arguments: (arguments (argument [
    (subscript_expression) (binary_expression) (function_call_expression) (encapsed_string)
  ] @risk)))
  (#any-of? @_call "file_get_contents" "readfile" "fopen" "unlink" "file" "copy" "move_uploaded_file")
  (#match? @risk "\\$_(GET|POST|REQUEST|COOKIE)")
  (#not-match? @risk "basename")
  (#set! rule "php-path"))

([
  (assignment_expression
    left: [(variable_name (name) @_name) (member_access_expression name: (name) @_name)]
    right: [(string (string_content) @_value) (encapsed_string . (string_content) @_value .)])
  (property_element
    name: (variable_name (name) @_name)
    default_value: [(string (string_content) @_value) (encapsed_string . (string_content) @_value .)])
  (const_element
    (name) @_name
    [(string (string_content) @_value) (encapsed_string . (string_content) @_value .)])
  (array_element_initializer
    [(string (string_content) @_name) (encapsed_string . (string_content) @_name .)]
    [(string (string_content) @_value) (encapsed_string . (string_content) @_value .)])
  (function_call_expression
    function: (name) @_define
    arguments: (arguments
      . (argument [(string (string_content) @_name) (encapsed_string . (string_content) @_name .)])
      . (argument [(string (string_content) @_value) (encapsed_string . (string_content) @_value .)])))
] @risk
  (#eq? @_define "define")
  (#match? @_name "(?i-u)(password|passwd|passphrase|secret|api_?key|private_?key|access_?key|auth_?token|access_?token|db_pass|secret_?key)$")
  (#match? @_value "^[!-~]{8,80}$")
  (#match? @_value "[0-9]")
  (#match? @_value "[A-Za-z]")
  (#not-match? @_value "(?i-u)example|change|your|xxx|placeholder|dummy|test|fake|todo|password|secret|env|http|[{<$%/]")
  (#set! rule "php-credential"))
