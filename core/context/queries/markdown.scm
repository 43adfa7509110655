; Markdown
(section (atx_heading heading_content: (_) @name)) @definition.section
(section (setext_heading heading_content: (_) @name)) @definition.section

; place
(html_block) @comment
[(paragraph) (atx_heading) (setext_heading) (list_item) (fenced_code_block) (pipe_table) (block_quote)] @statement
[(section) (list) (fenced_code_block)] @block
