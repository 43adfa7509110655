//! All secret patterns as one machine that reads byte by byte.
//!
//! A rule is started by one of its keywords: a trie finds them, so that no
//! pattern is tried anywhere else. From the keyword's end a thread follows the
//! pattern through a Thompson automaton. Since there is no step that looks at
//! more than one byte, how the text is cut into pieces cannot matter; and since
//! the live threads are all there is, they say exactly how much of the end of
//! the text may still become a secret.
//!
//! The machine only finds matches; whether one counts is for `judge.rs`.

use super::SecretRule;
use super::pattern::{Class, Node, WORD};
use super::{Case, End};
use crate::error::GuardError;

/// States of all rules together.
const MOST_STATES: usize = 1 << 16;

/// A step of the automaton.
#[derive(Debug, Clone, Copy)]
enum MachineState {
    /// Reads one byte of a class.
    Byte { class: u16, next: u32 },
    /// Goes both ways.
    Split { first: u32, second: u32 },
    /// The secret begins.
    Open { next: u32 },
    /// The secret has ended.
    Close { next: u32 },
    /// The pattern has matched, if the next byte is not of the class, or the text ends.
    Unless { class: u16 },
    /// The pattern has matched.
    Match,
}

/// The rules, compiled.
#[derive(Debug, Clone)]
pub(crate) struct Machine {
    states: Vec<MachineState>,
    classes: Vec<Class>,
    starts: Vec<Start>,
    exact: Trie,
    any_case: Trie,
    longest: usize,
}

/// Where a rule's threads begin.
#[derive(Debug, Clone, Copy)]
struct Start {
    state: u32,
    /// Whether a part of the match is the secret, and the rest may be shown.
    marks_secret: bool,
}

/// A place where a rule matched. Offsets count bytes from the machine's start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Match {
    /// Index of the rule.
    pub(crate) rule: usize,
    /// Where the secret begins, its keyword included unless the pattern marks a part.
    pub(crate) start: usize,
    /// Where what has to look random begins.
    pub(crate) random: usize,
    /// Where the secret ends.
    pub(crate) end: usize,
}

impl Machine {
    pub(crate) fn compile(rules: &[SecretRule]) -> Result<Self, GuardError> {
        let mut machine = Self {
            states: Vec::new(),
            classes: Vec::new(),
            starts: Vec::with_capacity(rules.len()),
            exact: Trie::new(),
            any_case: Trie::new(),
            longest: 0,
        };
        for (nth, rule) in rules.iter().enumerate() {
            let node = Node::parse(rule.pattern)?;
            let last = match rule.end {
                End::Open => MachineState::Match,
                End::Word => {
                    let mut ranges = WORD.to_vec();
                    ranges.push((b'-', b'-'));
                    MachineState::Unless { class: machine.class(Class::of(&ranges)) }
                }
                End::Base64 => {
                    let mut ranges = WORD.to_vec();
                    ranges.extend([(b'+', b'+'), (b'/', b'/'), (b'-', b'-'), (b'=', b'=')]);
                    MachineState::Unless { class: machine.class(Class::of(&ranges)) }
                }
            };
            let last = machine.state(last)?;
            let state = machine.build(&node, last)?;
            machine.starts.push(Start { state, marks_secret: node.marks_secret() });
            let trie = match rule.case {
                Case::Exact => &mut machine.exact,
                Case::Any => &mut machine.any_case,
            };
            if rule.keywords.is_empty() || rule.keywords.contains(&"") {
                return Err(GuardError::Keyword { rule: nth });
            }
            for keyword in rule.keywords {
                trie.insert(keyword, nth, rule.case, !node.marks_secret());
            }
            let keyword = rule.keywords.iter().map(|keyword| keyword.len()).max().unwrap_or(0);
            machine.longest = machine.longest.max(keyword + node.longest());
        }
        Ok(machine)
    }

    /// Bytes of the longest match of any rule: the most that is ever held back.
    pub(crate) fn longest(&self) -> usize {
        self.longest
    }

    fn class(&mut self, class: Class) -> u16 {
        let at = self.classes.iter().position(|known| *known == class).unwrap_or_else(|| {
            self.classes.push(class);
            self.classes.len() - 1
        });
        u16::try_from(at).expect("there are fewer classes than states")
    }

    fn state(&mut self, state: MachineState) -> Result<u32, GuardError> {
        if self.states.len() >= MOST_STATES {
            return Err(GuardError::States { states: self.states.len() + 1, most: MOST_STATES });
        }
        self.states.push(state);
        Ok(u32::try_from(self.states.len() - 1).expect("states are counted"))
    }

    /// States for a pattern that go on at `next`; gives the first of them.
    fn build(&mut self, node: &Node, next: u32) -> Result<u32, GuardError> {
        match node {
            Node::Byte(class) => {
                let class = self.class(*class);
                self.state(MachineState::Byte { class, next })
            }
            Node::Sequence(nodes) => nodes.iter().rev().try_fold(next, |next, node| self.build(node, next)),
            Node::Either(ways) => {
                let mut ways = ways.iter().rev();
                let last = ways.next().map_or(Ok(next), |way| self.build(way, next))?;
                ways.try_fold(last, |second, way| {
                    let first = self.build(way, next)?;
                    self.state(MachineState::Split { first, second })
                })
            }
            Node::Repeat(node, min, max) => {
                // From the back: optional ones first, each of which may go straight to the end.
                let mut at = next;
                for _ in *min..*max {
                    let first = self.build(node, at)?;
                    at = self.state(MachineState::Split { first, second: next })?;
                }
                for _ in 0..*min {
                    at = self.build(node, at)?;
                }
                Ok(at)
            }
            Node::Secret(node) => {
                let close = self.state(MachineState::Close { next })?;
                let inner = self.build(node, close)?;
                self.state(MachineState::Open { next: inner })
            }
        }
    }
}

/// One way through one rule's pattern.
#[derive(Debug, Clone, Copy)]
struct Thread {
    state: u32,
    rule: usize,
    start: usize,
    random: usize,
    end: Option<usize>,
    /// From where text is held back for this thread.
    hold: usize,
}

/// A way down a trie of keywords.
#[derive(Debug, Clone, Copy)]
struct Walk {
    node: u32,
    start: usize,
    case: Case,
}

/// Where a machine is in a text.
#[derive(Debug, Clone)]
pub(crate) struct Run {
    /// Bytes read.
    at: usize,
    before: u8,
    threads: Vec<Thread>,
    walks: Vec<Walk>,
    /// What the step in progress makes; kept for its memory.
    next_threads: Vec<Thread>,
    next_walks: Vec<Walk>,
    /// At which step a state was last entered, so that it is entered once a step.
    entered: Vec<usize>,
}

impl Run {
    pub(crate) fn new(machine: &Machine) -> Self {
        Self {
            at: 0,
            before: b' ',
            threads: Vec::new(),
            walks: Vec::new(),
            next_threads: Vec::new(),
            next_walks: Vec::new(),
            entered: vec![usize::MAX; machine.states.len()],
        }
    }

    /// Reads a byte; adds what has matched to `found`.
    pub(crate) fn push(&mut self, machine: &Machine, byte: u8, found: &mut Vec<Match>) {
        if self.threads.is_empty() && self.walks.is_empty() && !machine.may_begin(self.before, byte) {
            self.before = byte;
            self.at += 1;
            return;
        }
        let threads = std::mem::take(&mut self.threads);
        for thread in &threads {
            match machine.states[thread.state as usize] {
                MachineState::Byte { class, next } if machine.classes[class as usize].has(byte) => {
                    self.enter(machine, Thread { state: next, ..*thread }, found);
                }
                MachineState::Unless { class } if !machine.classes[class as usize].has(byte) => {
                    found.push(thread.matched(self.at));
                }
                _ => {}
            }
        }
        self.walk(machine, byte, found);
        self.threads = std::mem::replace(&mut self.next_threads, threads);
        self.next_threads.clear();
        self.before = byte;
        self.at += 1;
    }

    /// The text has ended.
    pub(crate) fn finish(&mut self, machine: &Machine, found: &mut Vec<Match>) {
        for thread in self.threads.drain(..) {
            if matches!(machine.states[thread.state as usize], MachineState::Unless { .. }) {
                found.push(thread.matched(self.at));
            }
        }
        self.walks.clear();
    }

    /// From where on the text may still become a secret.
    pub(crate) fn held_from(&self, machine: &Machine) -> usize {
        let threads = self.threads.iter().map(|thread| thread.hold);
        let walks =
            self.walks.iter().filter(|walk| machine.trie(walk.case).leads_to_whole[walk.node as usize]);
        threads.chain(walks.map(|walk| walk.start)).min().map_or(self.at, |held| held.min(self.at))
    }

    /// From where on the text has to be remembered to judge a match.
    pub(crate) fn needed_from(&self) -> usize {
        let threads = self.threads.iter().map(|thread| thread.start);
        threads.chain(self.walks.iter().map(|walk| walk.start)).min().unwrap_or(self.at)
    }

    /// Follows keywords, and begins one where a word begins.
    fn walk(&mut self, machine: &Machine, byte: u8, found: &mut Vec<Match>) {
        let mut walks = std::mem::take(&mut self.walks);
        if is_boundary(self.before, byte) {
            walks.push(Walk { node: 0, start: self.at, case: Case::Exact });
        }
        if is_name_boundary(self.before, byte) {
            walks.push(Walk { node: 0, start: self.at, case: Case::Any });
        }
        for walk in walks.drain(..) {
            let trie = machine.trie(walk.case);
            let folded = if walk.case == Case::Any { byte.to_ascii_lowercase() } else { byte };
            let Some(node) = trie.child(walk.node, folded) else { continue };
            for &rule in &trie.rules[node as usize] {
                let Start { state, marks_secret } = machine.starts[rule];
                let after = self.at + 1;
                let thread = Thread {
                    state,
                    rule,
                    start: walk.start,
                    random: after,
                    end: None,
                    hold: if marks_secret { usize::MAX } else { walk.start },
                };
                self.enter(machine, thread, found);
            }
            self.next_walks.push(Walk { node, ..walk });
        }
        self.walks = std::mem::replace(&mut self.next_walks, walks);
    }

    /// Goes to a state and on, through those that read nothing. Of two threads
    /// in one state the first, which began earlier, stands for both.
    fn enter(&mut self, machine: &Machine, thread: Thread, found: &mut Vec<Match>) {
        let after = self.at + 1;
        let mut waiting = vec![thread];
        while let Some(mut thread) = waiting.pop() {
            let entered = &mut self.entered[thread.state as usize];
            if *entered == after {
                continue;
            }
            *entered = after;
            match machine.states[thread.state as usize] {
                MachineState::Byte { .. } | MachineState::Unless { .. } => self.next_threads.push(thread),
                MachineState::Match => found.push(thread.matched(after)),
                MachineState::Split { first, second } => {
                    waiting.push(Thread { state: second, ..thread });
                    waiting.push(Thread { state: first, ..thread });
                }
                MachineState::Open { next } => {
                    thread = Thread { state: next, start: after, random: after, hold: after, ..thread };
                    waiting.push(thread);
                }
                MachineState::Close { next } => {
                    waiting.push(Thread { state: next, end: Some(after), ..thread });
                }
            }
        }
    }
}

impl Thread {
    fn matched(&self, at: usize) -> Match {
        Match { rule: self.rule, start: self.start, random: self.random, end: self.end.unwrap_or(at) }
    }
}

impl Machine {
    fn trie(&self, case: Case) -> &Trie {
        match case {
            Case::Exact => &self.exact,
            Case::Any => &self.any_case,
        }
    }

    /// Whether a keyword may begin with this byte after that one.
    fn may_begin(&self, before: u8, byte: u8) -> bool {
        (self.exact.first.has(byte) && is_boundary(before, byte))
            || (self.any_case.first.has(byte.to_ascii_lowercase()) && is_name_boundary(before, byte))
    }
}

/// Whether a keyword may begin: not in the middle of a word. One that begins
/// with a sign may stand anywhere.
pub(crate) fn is_boundary(before: u8, byte: u8) -> bool {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    !is_word(byte) || !(is_word(before) || before == b'-')
}

/// Whether a part of a name may begin: `MY_TOKEN`, `myToken`, `token`.
pub(crate) fn is_name_boundary(before: u8, byte: u8) -> bool {
    !before.is_ascii_alphanumeric() || (byte.is_ascii_uppercase() && !before.is_ascii_uppercase())
}

/// Keywords, byte by byte.
#[derive(Debug, Clone)]
struct Trie {
    children: Vec<Vec<(u8, u32)>>,
    /// Rules whose keyword ends at a node.
    rules: Vec<Vec<usize>>,
    /// Whether a node leads to a rule all of whose match is the secret.
    leads_to_whole: Vec<bool>,
    /// Bytes that keywords begin with.
    first: Class,
}

impl Trie {
    fn new() -> Self {
        let first = Class::default();
        Self { children: vec![Vec::new()], rules: vec![Vec::new()], leads_to_whole: vec![false], first }
    }

    fn child(&self, node: u32, byte: u8) -> Option<u32> {
        let children = &self.children[node as usize];
        children.iter().find(|(label, _)| *label == byte).map(|(_, child)| *child)
    }

    fn insert(&mut self, keyword: &str, rule: usize, case: Case, whole: bool) {
        let mut node = 0;
        for (nth, byte) in keyword.bytes().enumerate() {
            let byte = if case == Case::Any { byte.to_ascii_lowercase() } else { byte };
            if nth == 0 {
                self.first = self.first.with(byte);
            }
            node = self.child(node, byte).unwrap_or_else(|| {
                let child = u32::try_from(self.children.len()).expect("keywords are short and few");
                self.children[node as usize].push((byte, child));
                self.children.push(Vec::new());
                self.rules.push(Vec::new());
                self.leads_to_whole.push(false);
                child
            });
            self.leads_to_whole[node as usize] |= whole;
        }
        self.rules[node as usize].push(rule);
    }
}
