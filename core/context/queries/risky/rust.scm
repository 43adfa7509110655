; Risky patterns by core/guard's names.

((call_expression
  function: [
    (identifier) @_call
    (scoped_identifier name: (identifier) @_call)
    (field_expression field: (field_identifier) @_call)
    (generic_function function: [
      (identifier) @_call
      (scoped_identifier name: (identifier) @_call)
      (field_expression field: (field_identifier) @_call)
    ])
  ]
  arguments: (arguments . [
    (macro_invocation)
    (reference_expression value: (macro_invocation))
    (call_expression function: (field_expression value: (macro_invocation)))
  ] @risk))
  (#any-of? @_call "query" "query_as" "query_scalar" "sql_query" "execute" "query_row" "prepare" "batch_execute" "execute_batch" "raw_sql")
  (#match? @risk "(?is-u)^&?\\s*(std::)?format!\\s*[(\\[{]\\s*r?#*\"\\s*(select\\s.*\\sfrom\\s|insert\\s+into\\s|update\\s.*\\sset\\s|delete\\s+from\\s|(drop|alter|create)\\s+table\\s|replace\\s+into\\s)")
  (#set! rule "rust-sql"))

((call_expression
  function: (field_expression
    value: (call_expression
      function: (field_expression value: (_) @_shell field: (field_identifier) @_first)
      arguments: (arguments (string_literal) @_flag))
    field: (field_identifier) @_second)
  arguments: (arguments [
    (identifier) (reference_expression) (macro_invocation) (field_expression) (call_expression)
  ] @risk))
  (#eq? @_first "arg")
  (#eq? @_second "arg")
  (#match? @_shell "(?-u)^(\\w+::)*Command::new\\(\"((/usr)?/bin/)?((ba|z)?sh|cmd)\"\\)")
  (#match? @_flag "^\"(-l?c|/[cC])\"$")
  (#set! rule "rust-exec-shell"))

((call_expression
  function: (field_expression value: (_) @_shell field: (field_identifier) @_call)
  arguments: (arguments [
    (array_expression . (string_literal) @_flag . [
      (identifier) (reference_expression) (macro_invocation) (field_expression) (call_expression)
    ] @risk)
    (reference_expression value: (array_expression . (string_literal) @_flag . [
      (identifier) (reference_expression) (macro_invocation) (field_expression) (call_expression)
    ] @risk))
  ]))
  (#eq? @_call "args")
  (#match? @_shell "(?-u)^(\\w+::)*Command::new\\(\"((/usr)?/bin/)?((ba|z)?sh|cmd)\"\\)")
  (#match? @_flag "^\"(-l?c|/[cC])\"$")
  (#set! rule "rust-exec-shell"))

([
  (let_declaration pattern: (identifier) @_name value: [
    (string_literal (string_content) @_value)
    (call_expression function: (field_expression value: (string_literal (string_content) @_value)))
    (call_expression
      function: (scoped_identifier) @_from
      arguments: (arguments . (string_literal (string_content) @_value)))
  ])
  (const_item name: (identifier) @_name value: (string_literal (string_content) @_value))
  (static_item name: (identifier) @_name value: (string_literal (string_content) @_value))
  (assignment_expression
    left: [(identifier) @_name (field_expression field: (field_identifier) @_name)]
    right: [
      (string_literal (string_content) @_value)
      (call_expression function: (field_expression value: (string_literal (string_content) @_value)))
    ])
  (field_initializer field: (field_identifier) @_name value: [
    (string_literal (string_content) @_value)
    (call_expression function: (field_expression value: (string_literal (string_content) @_value)))
    (call_expression
      function: (scoped_identifier) @_from
      arguments: (arguments . (string_literal (string_content) @_value)))
  ])
] @risk
  (#eq? @_from "String::from")
  (#match? @_name "(?i-u)(password|passwd|passphrase|secret|api_?key|private_?key|access_?key|auth_?token|access_?token)$")
  (#match? @_value "^[!-~]{8,80}$")
  (#match? @_value "[0-9]")
  (#match? @_value "[A-Za-z]")
  (#not-match? @_value "(?i-u)example|change|your|xxx|placeholder|dummy|test|fake|todo|password|secret|env|http|[{<$%/]")
  (#set! rule "rust-credential"))
