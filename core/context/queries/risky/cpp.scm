; C's functions by their names in C++.

((call_expression
  function: (qualified_identifier) @_call
  arguments: (argument_list . [
    (identifier) (field_expression) (subscript_expression) (pointer_expression) (call_expression)
    (cast_expression value: (identifier)) (binary_expression)
  ] @risk))
  (#any-of? @_call "std::system" "::system" "::popen")
  (#set! rule "c-system"))

((call_expression
  function: (qualified_identifier) @_call
  arguments: (argument_list . (_) . [
    (identifier) (field_expression) (subscript_expression) (pointer_expression) (call_expression)
    (cast_expression value: (identifier))
  ] @risk))
  (#any-of? @_call "std::strcpy" "std::strcat")
  (#set! rule "c-copy"))

((call_expression
  function: (qualified_identifier) @_call
  arguments: (argument_list . [
    (identifier) (field_expression) (subscript_expression) (pointer_expression) (call_expression)
  ] @risk .))
  (#eq? @_call "std::printf")
  (#not-match? @risk "^[A-Z0-9_]+$")
  (#set! rule "c-format"))
