; Risky patterns by core/guard's names.

([
  (object_creation_expression
    type: (identifier) @_type
    arguments: (argument_list . (argument
      [(binary_expression) (interpolated_string_expression (interpolation))] @risk)))
  (invocation_expression
    function: (member_access_expression
      name: [(identifier) @_call (generic_name (identifier) @_call)])
    arguments: (argument_list (argument
      [(binary_expression) (interpolated_string_expression (interpolation))] @risk)))
  (assignment_expression
    left: (member_access_expression name: (identifier) @_name)
    right: [(binary_expression) (interpolated_string_expression (interpolation))] @risk)
]
  (#match? @_type "^(My|Npg)?(Sql|Sqlite|OleDb|Odbc)Command$")
  (#any-of? @_call "FromSqlRaw" "ExecuteSqlRaw" "ExecuteSqlRawAsync" "SqlQueryRaw" "Query" "QueryAsync" "QueryFirst" "QueryFirstAsync" "QueryFirstOrDefaultAsync" "QuerySingleAsync" "Execute" "ExecuteAsync" "ExecuteScalarAsync")
  (#eq? @_name "CommandText")
  (#match? @risk "(?is-u)^[$@]*\"+\\s*(select\\s.*\\sfrom\\s|insert\\s+into\\s|update\\s.*\\sset\\s|delete\\s+from\\s|(drop|alter|create)\\s+table\\s|replace\\s+into\\s)")
  (#set! rule "csharp-sql"))

([
  (invocation_expression
    function: (member_access_expression expression: (identifier) @_class name: (identifier) @_call)
    arguments: (argument_list (argument
      [(binary_expression) (interpolated_string_expression (interpolation))] @risk)))
  (object_creation_expression
    type: (identifier) @_type
    arguments: (argument_list (argument
      [(binary_expression) (interpolated_string_expression (interpolation))] @risk)))
]
  (#eq? @_class "Process")
  (#eq? @_call "Start")
  (#eq? @_type "ProcessStartInfo")
  (#match? @risk "^[$@]*\"")
  (#set! rule "csharp-process"))

((assignment_expression
  left: [(identifier) @_name (member_access_expression name: (identifier) @_name)]
  right: [
    (lambda_expression body: (boolean_literal) @_answer)
    (lambda_expression body: (block . (return_statement (boolean_literal) @_answer) .))
    (anonymous_method_expression (block . (return_statement (boolean_literal) @_answer) .))
    (member_access_expression name: (identifier) @_answer)
  ]) @risk
  (#any-of? @_name "ServerCertificateValidationCallback" "ServerCertificateCustomValidationCallback")
  (#any-of? @_answer "true" "DangerousAcceptAnyServerCertificateValidator")
  (#set! rule "csharp-tls-off"))

((invocation_expression
  function: (member_access_expression expression: (_) @_class name: (identifier) @_call)
  arguments: (argument_list (argument [
    (element_access_expression) (member_access_expression) (invocation_expression) (binary_expression)
    (interpolated_string_expression (interpolation))
  ] @risk)))
  (#match? @_class "^(System\\.IO\\.)?(Path|File|Directory)$")
  (#any-of? @_call "Combine" "ReadAllText" "ReadAllBytes" "ReadAllTextAsync" "ReadAllBytesAsync" "OpenRead" "Open" "Delete")
  (#match? @risk "(?-u)\\bRequest\\.(Query|Form|Params|QueryString)\\b")
  (#not-match? @risk "GetFileName")
  (#set! rule "csharp-path"))

([
  (variable_declarator name: (identifier) @_name (string_literal (string_literal_content) @_value))
  (assignment_expression
    left: [(identifier) @_name (member_access_expression name: (identifier) @_name)]
    right: (string_literal (string_literal_content) @_value))
  (property_declaration
    name: (identifier) @_name
    value: (string_literal (string_literal_content) @_value))
  (argument name: (identifier) @_name (string_literal (string_literal_content) @_value))
] @risk
  (#match? @_name "(?i-u)(password|passwd|passphrase|secret|api_?key|private_?key|access_?key|auth_?token|access_?token)$")
  (#match? @_value "^[!-~]{8,80}$")
  (#match? @_value "[0-9]")
  (#match? @_value "[A-Za-z]")
  (#not-match? @_value "(?i-u)example|change|your|xxx|placeholder|dummy|test|fake|todo|password|secret|env|http|[{<$%/]")
  (#set! rule "csharp-credential"))
