; YAML
(document (block_node (block_mapping (block_mapping_pair key: (_) @name) @definition.field)))
(document (block_node (block_mapping (block_mapping_pair value: (block_node (block_mapping
  (block_mapping_pair key: (_) @name) @definition.field))))))

; place
(comment) @comment
[(double_quote_scalar) (single_quote_scalar) (block_scalar)] @string
[(block_mapping_pair) (block_sequence_item)] @statement
[(block_mapping) (block_sequence) (flow_mapping) (flow_sequence)] @block
[(anchor_name) (alias_name) (string_scalar)] @reference
