; Risky patterns by core/guard's names. `@risk` is the node at fault, names that
; begin with `_` are there for the predicates.

((call
  function: [
    (identifier) @_call
    (attribute object: (identifier) @_module attribute: (identifier) @_call)
  ]
  arguments: (argument_list . [
    (identifier) (attribute) (call) (subscript) (binary_operator) (conditional_expression)
    (string (interpolation)) (concatenated_string (string (interpolation)))
  ] @risk))
  (#any-of? @_call "eval" "exec")
  (#any-of? @_module "builtins" "__builtins__")
  (#set! rule "python-eval"))

((call
  function: (attribute object: (identifier) @_module attribute: (identifier) @_call)
  arguments: (argument_list . [
    (identifier) (attribute) (call) (subscript) (binary_operator) (conditional_expression)
    (string (interpolation)) (concatenated_string (string (interpolation)))
  ] @risk))
  (#eq? @_module "os")
  (#any-of? @_call "system" "popen")
  (#set! rule "python-os-system"))

((call
  function: [(identifier) @_call (attribute attribute: (identifier) @_call)]
  arguments: (argument_list (keyword_argument name: (identifier) @_name value: (true)) @risk))
  (#any-of? @_call "run" "call" "Popen" "check_output" "check_call")
  (#eq? @_name "shell")
  (#set! rule "python-subprocess-shell"))

((call
  function: (attribute object: (identifier) @_module attribute: (identifier) @_call)
  arguments: (argument_list . [
    (identifier) (attribute) (call) (subscript) (binary_operator)
    (string (interpolation)) (concatenated_string (string (interpolation)))
  ] @risk))
  (#any-of? @_module "subprocess" "asyncio")
  (#any-of? @_call "getoutput" "getstatusoutput" "create_subprocess_shell")
  (#set! rule "python-subprocess-shell"))

; As the first argument, or in `text(...)` there.
((call
  function: (attribute attribute: (identifier) @_call)
  arguments: (argument_list . [
    (binary_operator) @risk
    (string (interpolation)) @risk
    (concatenated_string (string (interpolation))) @risk
    (parenthesized_expression [
      (binary_operator) (string (interpolation)) (concatenated_string (string (interpolation)))
    ]) @risk
    (call function: (attribute object: (_) attribute: (identifier) @_format)) @risk
    (call
      function: [(identifier) @_wrap (attribute attribute: (identifier) @_wrap)]
      arguments: (argument_list . [
        (binary_operator) (string (interpolation)) (concatenated_string (string (interpolation)))
      ] @risk))
  ]))
  (#any-of? @_call "execute" "executemany" "executescript" "raw" "read_sql")
  (#eq? @_format "format")
  (#any-of? @_wrap "text" "SQL")
  (#match? @risk "(?is-u)^[\\s(]*[rfb]{0,2}[\"']+\\s*(select\\s.*\\sfrom\\s|insert\\s+into\\s|update\\s.*\\sset\\s|delete\\s+from\\s|(drop|alter|create)\\s+table\\s|replace\\s+into\\s)")
  (#set! rule "python-sql"))

((call
  function: [(identifier) @_call (attribute attribute: (identifier) @_call)]
  arguments: (argument_list . [
    (identifier) (attribute) (call) (subscript) (binary_operator)
    (string (interpolation)) (concatenated_string (string (interpolation)))
  ] @risk))
  (#eq? @_call "render_template_string")
  (#set! rule "python-template"))

((call function: (identifier) @_call arguments: (argument_list . (_) @risk))
  (#eq? @_call "Template")
  (#match? @risk "(?-u)^request\\b")
  (#set! rule "python-template"))

((call
  function: (attribute object: (identifier) @_module attribute: (identifier) @_call)
  arguments: (argument_list) @risk)
  (#eq? @_module "yaml")
  (#any-of? @_call "load" "load_all" "unsafe_load" "unsafe_load_all" "full_load")
  (#not-match? @risk "(Safe|Base)Loader")
  (#set! rule "python-yaml-load"))

((call
  function: (attribute object: (identifier) @_module attribute: (identifier) @_call)
  arguments: (argument_list) @risk)
  (#eq? @_module "hashlib")
  (#any-of? @_call "md5" "sha1")
  (#not-match? @risk "usedforsecurity")
  (#set! rule "python-weak-hash"))

((call
  function: (attribute object: (identifier) @_module attribute: (identifier) @_call)
  arguments: (argument_list [
    (string (string_content) @_hash) @risk
    (keyword_argument name: (identifier) @_name value: (string (string_content) @_hash)) @risk
  ]) @_all)
  (#eq? @_module "hashlib")
  (#eq? @_call "new")
  (#eq? @_name "name")
  (#match? @_hash "(?i-u)^(md4|md5|sha1)$")
  (#not-match? @_all "usedforsecurity")
  (#set! rule "python-weak-hash"))

((call
  function: (attribute attribute: (identifier) @_call)
  arguments: (argument_list (keyword_argument name: (identifier) @_name value: (false)) @risk))
  (#any-of? @_call "get" "post" "put" "patch" "delete" "head" "request" "Client" "AsyncClient")
  (#eq? @_name "verify")
  (#set! rule "python-tls-off"))

((attribute object: (identifier) @_module attribute: (identifier) @_name) @risk
  (#eq? @_module "ssl")
  (#eq? @_name "_create_unverified_context")
  (#set! rule "python-tls-off"))

((assignment
  left: (attribute attribute: (identifier) @_name)
  right: [(false) (attribute attribute: (identifier) @_value)]) @risk
  (#any-of? @_name "check_hostname" "verify_mode" "verify")
  (#eq? @_value "CERT_NONE")
  (#set! rule "python-tls-off"))

([
  (pair key: (string (string_content) @_name) value: (false))
  (keyword_argument name: (identifier) @_name value: (false))
] @risk
  (#eq? @_name "verify_signature")
  (#set! rule "python-jwt-unverified"))

((call
  function: (attribute object: (identifier) @_module attribute: (identifier) @_call)
  arguments: (argument_list (keyword_argument
    name: (identifier) @_name
    value: [(false) @_value (list (string (string_content) @_value))]) @risk))
  (#eq? @_module "jwt")
  (#eq? @_call "decode")
  (#any-of? @_name "verify" "algorithms")
  (#any-of? @_value "False" "none")
  (#set! rule "python-jwt-unverified"))

((call
  function: [
    (identifier) @_call
    (attribute object: (attribute) @_path attribute: (identifier) @_join)
  ]
  arguments: (argument_list [
    (attribute) (subscript) (call) (binary_operator) (string (interpolation))
  ] @risk))
  (#any-of? @_call "open" "Path" "send_file")
  (#eq? @_path "os.path")
  (#eq? @_join "join")
  (#match? @risk "(?-u)\\brequest\\.(args|form|values|GET|POST|files|json|query_params|path_params)\\b")
  (#not-match? @risk "secure_filename|basename")
  (#set! rule "python-path"))

((call
  function: (attribute object: (_) @_app attribute: (identifier) @_call)
  arguments: (argument_list (keyword_argument name: (identifier) @_name value: (true)) @risk))
  (#match? @_app "(?i-u)app(lication)?(\\([^()]*\\))?$")
  (#eq? @_call "run")
  (#eq? @_name "debug")
  (#set! rule "python-debug"))

; The last is what there is if the environment has none.
([
  (assignment left: [(identifier) @_name (attribute attribute: (identifier) @_name)]
    right: (string (string_start) . (string_content) @_value . (string_end)))
  (assignment left: (subscript subscript: (string (string_content) @_name))
    right: (string (string_start) . (string_content) @_value . (string_end)))
  (pair key: (string (string_content) @_name)
    value: (string (string_start) . (string_content) @_value . (string_end)))
  (keyword_argument name: (identifier) @_name
    value: (string (string_start) . (string_content) @_value . (string_end)))
  (default_parameter name: (identifier) @_name
    value: (string (string_start) . (string_content) @_value . (string_end)))
  (typed_default_parameter name: (identifier) @_name
    value: (string (string_start) . (string_content) @_value . (string_end)))
  (call
    function: (attribute attribute: (identifier) @_get)
    arguments: (argument_list
      . (string (string_content) @_name)
      . (string (string_start) . (string_content) @_value . (string_end))))
  (call
    function: (attribute attribute: (identifier) @_get)
    arguments: (argument_list
      . (string (string_content) @_name)
      . (keyword_argument value: (string (string_start) . (string_content) @_value . (string_end)))))
] @risk
  (#any-of? @_get "get" "getenv")
  (#match? @_name "(?i-u)(password|passwd|passphrase|secret|api[_-]?key|private[_-]?key|access[_-]?key|auth[_-]?token|access[_-]?token|secret[_-]?key)$")
  (#match? @_value "^[!-~]{8,80}$")
  (#match? @_value "[0-9]")
  (#match? @_value "[A-Za-z]")
  (#not-match? @_value "(?i-u)example|change|your|xxx|placeholder|dummy|test|fake|todo|password|secret|env|http|[{<$%/]")
  (#set! rule "python-credential"))
