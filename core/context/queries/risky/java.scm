; Risky patterns by core/guard's names.

((method_invocation
  name: (identifier) @_call
  arguments: (argument_list . [
    (binary_expression) @risk
    (method_invocation name: (identifier) @_format) @risk
  ]))
  (#any-of? @_call "executeQuery" "executeUpdate" "execute" "prepareStatement" "createQuery" "createNativeQuery" "queryForObject" "queryForList" "rawQuery" "execSQL")
  (#any-of? @_format "format" "formatted" "concat")
  (#match? @risk "(?is-u)^(String\\.format\\(\\s*)?\"+\\s*(select\\s.*\\sfrom\\s|insert\\s+into\\s|update\\s.*\\sset\\s|delete\\s+from\\s|(drop|alter|create)\\s+table\\s|replace\\s+into\\s)")
  (#set! rule "java-sql"))

((method_invocation
  object: (_) @_object
  name: (identifier) @_call
  arguments: (argument_list . [
    (identifier) @risk
    (field_access) @risk
    (method_invocation) @risk
    (array_access) @risk
    (binary_expression) @risk
    (array_creation_expression value: (array_initializer
      (string_literal) @_shell . (string_literal) @_flag
      . [(identifier) (field_access) (method_invocation) (array_access) (binary_expression)] @risk))
  ]))
  (#match? @_object "(?i-u)^((Runtime\\s*\\.\\s*)?getRuntime\\(\\)|[a-z]*runtime|rt)$")
  (#eq? @_call "exec")
  (#match? @_shell "^\"(/bin/)?(ba|z)?sh\"$")
  (#match? @_flag "^\"-l?c\"$")
  (#set! rule "java-exec"))

((object_creation_expression
  type: (type_identifier) @_type
  arguments: (argument_list
    (string_literal) @_shell . (string_literal) @_flag
    . [(identifier) (field_access) (method_invocation) (array_access) (binary_expression)] @risk))
  (#eq? @_type "ProcessBuilder")
  (#match? @_shell "^\"(/bin/)?(ba|z)?sh\"$")
  (#match? @_flag "^\"-l?c\"$")
  (#set! rule "java-exec"))

((method_invocation
  object: (_) @_object
  name: (identifier) @_call
  arguments: (argument_list . [
    (identifier) (field_access) (method_invocation) (array_access) (binary_expression)
  ] @risk))
  (#match? @_object "(?i-u)(engine|shell|SpelExpressionParser|getEngineBy(Name|Extension))(\\([^()]*\\))?$")
  (#any-of? @_call "eval" "evaluate" "parseExpression")
  (#set! rule "java-script-eval"))

((method_invocation
  object: (_) @_object
  name: (identifier) @_call
  arguments: (argument_list [(method_invocation) (binary_expression)] @risk))
  (#match? @_object "(?i-u)(getWriter\\(\\)|^out|writer)$")
  (#any-of? @_call "print" "println" "printf" "write" "append")
  (#match? @risk "getParameter\\(")
  (#not-match? @risk "(?i-u)escape|encode|sanitize")
  (#set! rule "java-xss"))

((method_invocation
  name: (identifier) @_call
  arguments: (argument_list (lambda_expression body: [
    (true)
    (block . (return_statement (true)) .)
  ]) @risk))
  (#any-of? @_call "setHostnameVerifier" "setSSLHostnameVerifier" "setDefaultHostnameVerifier" "hostnameVerifier")
  (#set! rule "java-tls-off"))

((argument_list [(identifier) (field_access) (object_creation_expression)] @risk)
  (#match? @risk "(?-u)\\b(NoopHostnameVerifier|ALLOW_ALL_HOSTNAME_VERIFIER|AllowAllHostnameVerifier)\\b")
  (#set! rule "java-tls-off"))

((method_declaration name: (identifier) @_name body: (block) @risk)
  (#eq? @_name "checkServerTrusted")
  (#match? @risk "(?s-u)^\\{\\s*((//[^\\n]*|/\\*.*\\*/|return;)\\s*)*\\}$")
  (#set! rule "java-tls-off"))

([
  (object_creation_expression
    type: (type_identifier) @_type
    arguments: (argument_list [(method_invocation) (binary_expression)] @risk))
  (method_invocation
    object: (_) @_object
    name: (identifier) @_call
    arguments: (argument_list [(method_invocation) (binary_expression)] @risk))
]
  (#any-of? @_type "File" "FileInputStream" "FileReader" "FileOutputStream" "FileWriter" "RandomAccessFile")
  (#match? @_object "(?i-u)(^|\\.)(Paths?|[a-z]*(root|dir|base|path))(\\.(of|get)\\([^()]*\\))?$")
  (#any-of? @_call "get" "of" "resolve")
  (#match? @risk "(?-u)\\b(getParameter|getHeader)\\(")
  (#not-match? @risk "getFileName|FilenameUtils|normalize")
  (#set! rule "java-path"))

([
  (variable_declarator name: (identifier) @_name value: (string_literal (string_fragment) @_value))
  (variable_declarator
    name: (identifier) @_name
    value: (method_invocation object: (string_literal (string_fragment) @_value)))
  (assignment_expression
    left: [(identifier) @_name (field_access field: (identifier) @_name)]
    right: (string_literal (string_fragment) @_value))
  (method_invocation
    name: (identifier) @_setter
    arguments: (argument_list . (string_literal (string_fragment) @_value) .))
  (method_invocation
    name: (identifier) @_connect
    arguments: (argument_list . (_) . (_) . (string_literal (string_fragment) @_value) .))
] @risk
  (#match? @_name "(?i-u)(password|passwd|passphrase|secret|api_?key|private_?key|access_?key|auth_?token|access_?token)$")
  (#match? @_setter "(?i-u)^(set|with)?(db)?(password|passphrase|secret|secretKey|apiKey|accessKey|clientSecret)$")
  (#eq? @_connect "getConnection")
  (#match? @_value "^[!-~]{8,80}$")
  (#match? @_value "[0-9]")
  (#match? @_value "[A-Za-z]")
  (#not-match? @_value "(?i-u)example|change|your|xxx|placeholder|dummy|test|fake|todo|password|secret|env|http|[{<$%/]")
  (#set! rule "java-credential"))
