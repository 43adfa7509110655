//! The syntax of an evaluated session: trees, as the packs of a browser give them.
//!
//! Trees are kept by path so that typing is cheap. Two cases may be of one path
//! and have nothing to do with each other, so what was read is forgotten between
//! them: an answer must not depend on the case before it.

use std::cell::RefCell;
use std::rc::Rc;

use ghostlight_context::Source;
use ghostlight_context::syntax::{Insertion, Outline, Syntax, SyntaxFacts, TreeSitter};

/// One set of grammars, held by the session and by who runs it.
#[derive(Clone)]
pub(super) struct Trees(Rc<RefCell<TreeSitter>>);

impl Trees {
    pub(super) fn new() -> Self {
        Self(Rc::new(RefCell::new(TreeSitter::with_all())))
    }

    /// Forgets what was read under a path.
    pub(super) fn forget(&self, path: &str) {
        self.0.borrow_mut().forget(path);
    }
}

impl Syntax for Trees {
    fn facts(&mut self, source: Source<'_>) -> SyntaxFacts {
        self.0.borrow_mut().facts(source)
    }

    fn insertion(&mut self, source: Source<'_>, text: &str) -> Insertion {
        self.0.borrow_mut().insertion(source, text)
    }

    fn outline(&mut self, path: &str, text: &str) -> Outline {
        self.0.borrow_mut().outline(path, text)
    }
}
