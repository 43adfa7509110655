; HTML
((element (start_tag (attribute (attribute_name) @_id (quoted_attribute_value (attribute_value) @name))))
  @definition.rule (#eq? @_id "id"))

; place
(comment) @comment
(quoted_attribute_value) @string
[(element) (script_element) (style_element) (doctype)] @statement
[(element) (script_element) (style_element)] @block
[(tag_name) (attribute_name)] @reference
