; Risky patterns by core/guard's names, for JavaScript and both grammars of TypeScript.

((call_expression
  function: [
    (identifier) @_call
    (member_expression object: (identifier) @_global property: (property_identifier) @_call)
  ]
  arguments: (arguments . [
    (identifier) (member_expression) (subscript_expression) (call_expression) (binary_expression)
    (ternary_expression) (template_string (template_substitution))
  ] @risk))
  (#any-of? @_call "eval" "Function")
  (#any-of? @_global "window" "globalThis" "self")
  (#set! rule "javascript-eval"))

((new_expression
  constructor: (identifier) @_class
  arguments: (arguments [
    (identifier) (member_expression) (subscript_expression) (call_expression) (binary_expression)
    (ternary_expression) (template_string (template_substitution))
  ] @risk))
  (#eq? @_class "Function")
  (#set! rule "javascript-eval"))

((call_expression
  function: [
    (identifier) @_call
    (member_expression object: (identifier) @_global property: (property_identifier) @_call)
  ]
  arguments: (arguments . [(binary_expression) (template_string (template_substitution))] @risk))
  (#any-of? @_call "setTimeout" "setInterval")
  (#any-of? @_global "window" "globalThis" "self")
  (#match? @risk "^[\"'`]")
  (#set! rule "javascript-timer-eval"))

; Of `exec` that belongs to something else, such as a regular expression, nothing is said.
((call_expression
  function: [
    (identifier) @_call
    (member_expression object: (_) @_module property: (property_identifier) @_call)
  ]
  arguments: (arguments . [(binary_expression) (template_string (template_substitution))] @risk))
  (#any-of? @_call "exec" "execSync")
  (#match? @_module "^(cp|child_?[pP]rocess|require\\([\"'](node:)?child_process[\"']\\))$")
  (#match? @risk "^[\"'`]")
  (#set! rule "javascript-exec"))

((call_expression
  function: [(identifier) @_call (member_expression property: (property_identifier) @_call)]
  arguments: (arguments (object
    (pair key: [(property_identifier) (string)] @_key value: (true)) @risk)))
  (#any-of? @_call "spawn" "spawnSync" "execFile" "execFileSync")
  (#match? @_key "^[\"']?shell[\"']?$")
  (#set! rule "javascript-exec"))

((call_expression
  function: (member_expression property: (property_identifier) @_call)
  arguments: (arguments . [
    (binary_expression) @risk
    (template_string (template_substitution)) @risk
    (object (pair
      key: (property_identifier) @_key
      value: [(binary_expression) (template_string (template_substitution))] @risk))
  ]))
  (#any-of? @_call "query" "execute" "raw" "run" "all" "get" "$queryRawUnsafe" "$executeRawUnsafe")
  (#any-of? @_key "text" "sql")
  (#match? @risk "(?is-u)^[\"'`]\\s*(select\\s.*\\sfrom\\s|insert\\s+into\\s|update\\s.*\\sset\\s|delete\\s+from\\s|(drop|alter|create)\\s+table\\s|replace\\s+into\\s)")
  (#set! rule "javascript-sql"))

([
  (assignment_expression
    left: [
      (member_expression property: (property_identifier) @_name)
      (subscript_expression index: (string (string_fragment) @_name))
    ]
    right: [
      (identifier) (member_expression) (subscript_expression) (call_expression) (binary_expression)
      (ternary_expression) (await_expression) (template_string (template_substitution))
    ] @risk)
  (augmented_assignment_expression
    left: (member_expression property: (property_identifier) @_name)
    right: [
      (identifier) (member_expression) (subscript_expression) (call_expression) (binary_expression)
      (ternary_expression) (await_expression) (template_string (template_substitution))
    ] @risk)
]
  (#any-of? @_name "innerHTML" "outerHTML")
  (#not-match? @risk "(?i-u)purify|sanitize|escapeHtml")
  (#set! rule "javascript-inner-html"))

((call_expression
  function: (member_expression property: (property_identifier) @_call)
  arguments: (arguments . (_) . [
    (identifier) (member_expression) (subscript_expression) (call_expression) (binary_expression)
    (ternary_expression) (await_expression) (template_string (template_substitution))
  ] @risk))
  (#eq? @_call "insertAdjacentHTML")
  (#not-match? @risk "(?i-u)purify|sanitize|escapeHtml")
  (#set! rule "javascript-inner-html"))

((call_expression
  function: (member_expression object: (_) @_object property: (property_identifier) @_call)
  arguments: (arguments [
    (identifier) (member_expression) (subscript_expression) (call_expression) (binary_expression)
    (ternary_expression) (await_expression) (template_string (template_substitution))
  ] @risk))
  (#any-of? @_object "document" "window.document")
  (#any-of? @_call "write" "writeln")
  (#not-match? @risk "(?i-u)purify|sanitize|escapeHtml")
  (#set! rule "javascript-document-write"))

; As an object without markup around it: `createElement("p", { ... })`.
((pair
  key: (property_identifier) @_name
  value: (object (pair
    key: [(property_identifier) (string)] @_key
    value: [
      (identifier) (member_expression) (subscript_expression) (call_expression) (binary_expression)
      (ternary_expression) (await_expression) (template_string (template_substitution))
    ] @risk)))
  (#eq? @_name "dangerouslySetInnerHTML")
  (#match? @_key "^[\"']?__html[\"']?$")
  (#not-match? @risk "(?i-u)purify|sanitize|escapeHtml")
  (#set! rule "javascript-dangerous-html"))

([
  (variable_declarator name: (identifier) @_name value: (_) @risk)
  (assignment_expression
    left: [(identifier) @_name (member_expression property: (property_identifier) @_name)]
    right: (_) @risk)
  (pair key: (property_identifier) @_name value: (_) @risk)
]
  (#match? @_name "(?i-u)(password|passphrase|secret|token|session_?id|nonce|salt|api_?key)$")
  (#match? @risk "(?-u)\\bMath\\.random\\(")
  (#set! rule "javascript-weak-random"))

((pair key: [(property_identifier) (string)] @_key value: (false)) @risk
  (#match? @_key "^[\"']?rejectUnauthorized[\"']?$")
  (#set! rule "javascript-tls-off"))

((assignment_expression
  left: [
    (member_expression property: (property_identifier) @_name)
    (subscript_expression index: (string (string_fragment) @_name))
  ]
  right: [(false) (number) (string)] @_value) @risk
  (#any-of? @_name "rejectUnauthorized" "NODE_TLS_REJECT_UNAUTHORIZED")
  (#match? @_value "^[\"']?(0|false)[\"']?$")
  (#set! rule "javascript-tls-off"))

((pair
  key: [(property_identifier) (string)] @_key
  value: [(string (string_fragment) @_value) (array (string (string_fragment) @_value))]) @risk
  (#match? @_key "^[\"']?algorithms?[\"']?$")
  (#eq? @_value "none")
  (#set! rule "javascript-jwt-none"))

((call_expression
  function: [(identifier) @_call (member_expression property: (property_identifier) @_call)]
  arguments: (arguments [
    (member_expression) (subscript_expression) (call_expression) (binary_expression)
    (template_string (template_substitution))
  ] @risk))
  (#any-of? @_call "readFile" "readFileSync" "createReadStream" "createWriteStream" "writeFile" "writeFileSync" "unlink" "unlinkSync" "sendFile" "download")
  (#match? @risk "(?-u)\\breq(uest)?\\.(params|query|body|url)\\b")
  (#not-match? @risk "basename")
  (#set! rule "javascript-path"))

((call_expression
  function: (member_expression object: (identifier) @_module property: (property_identifier) @_call)
  arguments: (arguments [
    (member_expression) (subscript_expression) (call_expression) (binary_expression)
    (template_string (template_substitution))
  ] @risk))
  (#eq? @_module "path")
  (#any-of? @_call "join" "resolve")
  (#match? @risk "(?-u)\\breq(uest)?\\.(params|query|body|url)\\b")
  (#not-match? @risk "basename")
  (#set! rule "javascript-path"))

((call_expression
  function: (member_expression property: (property_identifier) @_call)
  arguments: (arguments [
    (member_expression) (subscript_expression) (binary_expression)
  ] @risk .))
  (#eq? @_call "redirect")
  (#match? @risk "(?-u)^req(uest)?\\.(query|params|body)\\b")
  (#set! rule "javascript-redirect"))

((call_expression
  function: (member_expression property: (property_identifier) @_call)
  arguments: (arguments . (_) . [
    (string (string_fragment) @_target) @risk
    (object (pair key: (property_identifier) @_key value: (string (string_fragment) @_target)) @risk)
  ]))
  (#eq? @_call "postMessage")
  (#eq? @_key "targetOrigin")
  (#eq? @_target "*")
  (#set! rule "javascript-post-message"))

; The last is what there is if the environment has none.
([
  (variable_declarator name: (identifier) @_name value: (string (string_fragment) @_value))
  (assignment_expression
    left: [(identifier) @_name (member_expression property: (property_identifier) @_name)]
    right: (string (string_fragment) @_value))
  (pair
    key: [(property_identifier) @_name (string (string_fragment) @_name)]
    value: (string (string_fragment) @_value))
  (binary_expression
    left: [
      (member_expression property: (property_identifier) @_name)
      (subscript_expression index: (string (string_fragment) @_name))
    ]
    operator: ["||" "??"]
    right: (string (string_fragment) @_value))
] @risk
  (#match? @_name "(?i-u)(password|passwd|passphrase|secret|api[_-]?key|private[_-]?key|access[_-]?key|auth[_-]?token|access[_-]?token)$")
  (#match? @_value "^[!-~]{8,80}$")
  (#match? @_value "[0-9]")
  (#match? @_value "[A-Za-z]")
  (#not-match? @_value "(?i-u)example|change|your|xxx|placeholder|dummy|test|fake|todo|password|secret|env|http|[{<$%/]")
  (#set! rule "javascript-credential"))
