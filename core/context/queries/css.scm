; CSS
(rule_set (selectors) @name (block) @body) @definition.rule
(media_statement (block) @body) @definition.section
(keyframes_statement (keyframes_name) @name) @definition.rule
(declaration (property_name) @name) @definition.field

(import_statement (string_value) @import.module) @import
(import_statement (call_expression (arguments (string_value) @import.module))) @import

; place
(comment) @comment
(string_value) @string
[(rule_set) (declaration) (media_statement) (import_statement) (keyframes_statement) (at_rule)] @statement
[(block) (keyframe_block_list)] @block
[(class_name) (id_name) (tag_name) (property_name)] @reference
