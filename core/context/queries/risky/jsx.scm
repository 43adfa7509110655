; Markup in JavaScript, which the grammar of plain TypeScript does not have.

((jsx_attribute
  (property_identifier) @_name
  (jsx_expression (object (pair
    key: [(property_identifier) (string)] @_key
    value: [
      (identifier) (member_expression) (subscript_expression) (call_expression) (binary_expression)
      (ternary_expression) (await_expression) (template_string (template_substitution))
    ] @risk))))
  (#eq? @_name "dangerouslySetInnerHTML")
  (#match? @_key "^[\"']?__html[\"']?$")
  (#not-match? @risk "(?i-u)purify|sanitize|escapeHtml")
  (#set! rule "javascript-dangerous-html"))
