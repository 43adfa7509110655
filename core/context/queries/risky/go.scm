; Risky patterns by core/guard's names.

((call_expression
  function: (selector_expression field: (field_identifier) @_call)
  arguments: (argument_list [
    (binary_expression) @risk
    (call_expression function: (selector_expression field: (field_identifier) @_format)) @risk
  ]))
  (#any-of? @_call "Query" "QueryRow" "Exec" "QueryContext" "QueryRowContext" "ExecContext" "Prepare" "Raw")
  (#eq? @_format "Sprintf")
  (#match? @risk "(?is-u)^(fmt\\.Sprintf\\(\\s*)?[\"`]\\s*(select\\s.*\\sfrom\\s|insert\\s+into\\s|update\\s.*\\sset\\s|delete\\s+from\\s|(drop|alter|create)\\s+table\\s|replace\\s+into\\s)")
  (#set! rule "go-sql"))

((call_expression
  function: (selector_expression operand: (identifier) @_module field: (field_identifier) @_call)
  arguments: (argument_list
    (interpreted_string_literal) @_shell
    . (interpreted_string_literal) @_flag
    . [(identifier) (selector_expression) (call_expression) (binary_expression) (index_expression)] @risk))
  (#eq? @_module "exec")
  (#any-of? @_call "Command" "CommandContext")
  (#match? @_shell "^\"((/usr)?/bin/)?((ba|z|da)?sh|cmd(.exe)?|powershell)\"$")
  (#match? @_flag "^\"(-l?c|/[cC]|-Command)\"$")
  (#set! rule "go-exec-shell"))

((call_expression
  function: (selector_expression operand: (identifier) @_module field: (field_identifier) @_type)
  arguments: (argument_list . [
    (identifier) (selector_expression) (call_expression) (binary_expression) (index_expression)
  ] @risk))
  (#eq? @_module "template")
  (#any-of? @_type "HTML" "JS" "URL" "CSS" "HTMLAttr")
  (#not-match? @risk "EscapeString|Sanitize")
  (#set! rule "go-template-html"))

((call_expression
  function: (selector_expression operand: (identifier) @_module field: (field_identifier) @_call)
  arguments: (argument_list [
    (selector_expression) (call_expression) (binary_expression) (index_expression)
  ] @risk))
  (#any-of? @_module "os" "ioutil" "filepath" "path")
  (#any-of? @_call "Open" "OpenFile" "ReadFile" "Create" "Remove" "WriteFile" "Join")
  (#match? @risk "(?-u)\\b(r|req|request)\\.(URL|FormValue|PathValue|Form)\\b")
  (#not-match? @risk "\\.Base\\(")
  (#set! rule "go-path"))

((call_expression
  function: (selector_expression operand: (identifier) @_module field: (field_identifier) @_call)
  arguments: (argument_list [(call_expression) (binary_expression)] @risk .))
  (#eq? @_module "http")
  (#eq? @_call "ServeFile")
  (#match? @risk "(?-u)\\b(r|req|request)\\.(URL\\.Query|FormValue|PathValue)\\(")
  (#not-match? @risk "\\.Base\\(")
  (#set! rule "go-path"))

([
  (short_var_declaration
    left: (expression_list (identifier) @_name .)
    right: (expression_list (interpreted_string_literal (interpreted_string_literal_content) @_value) .))
  (assignment_statement
    left: (expression_list [
      (identifier) @_name
      (selector_expression field: (field_identifier) @_name)
    ] .)
    right: (expression_list (interpreted_string_literal (interpreted_string_literal_content) @_value) .))
  (const_spec
    name: (identifier) @_name
    value: (expression_list (interpreted_string_literal (interpreted_string_literal_content) @_value) .))
  (var_spec
    name: (identifier) @_name
    value: (expression_list (interpreted_string_literal (interpreted_string_literal_content) @_value) .))
  (keyed_element
    key: (literal_element [
      (identifier) @_name
      (interpreted_string_literal (interpreted_string_literal_content) @_name)
    ])
    value: (literal_element
      (interpreted_string_literal (interpreted_string_literal_content) @_value)))
] @risk
  (#match? @_name "(?i-u)(password|passwd|passphrase|secret|api[_-]?key|private[_-]?key|access[_-]?key|auth[_-]?token|access[_-]?token)$")
  (#match? @_value "^[!-~]{8,80}$")
  (#match? @_value "[0-9]")
  (#match? @_value "[A-Za-z]")
  (#not-match? @_value "(?i-u)example|change|your|xxx|placeholder|dummy|test|fake|todo|password|secret|env|http|[{<$%/]")
  (#set! rule "go-credential"))
