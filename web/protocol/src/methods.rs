//! The tables of methods: who calls what, with which parameters, and what comes back.
//!
//! A row is `WHO HOW name as jsName(parameter: Type) -> Answer;`, with `as` where the name in
//! JavaScript differs. Its documentation is that of the method in TypeScript too.
//!
//! | who | calls it |
//! |---|---|
//! | `page` | the page, and the worker passes it on |
//! | `worker` | the worker alone |
//! | `library` | the worker, and the engine while it makes a prompt |
//!
//! | how | is answered |
//! |---|---|
//! | `now` | at once, also while a request runs |
//! | `early` | as `now`, and before a model is loaded, by the engine's code alone |
//! | `idle` | as soon as nothing runs |
//! | `urgent` | likewise; work that nobody asked for ends for it |
//! | `request` | by a promise; one runs at a time, and it can be cancelled. A last parameter of type `Listener` gets what is known on the way |

/// The engine's methods: implemented in `web/engine/src/engine.rs`, called by the worker.
#[macro_export]
macro_rules! engine_methods {
    ($($to:ident)::+, $($with:tt)*) => { $($to)::+! { $($with)*;
        /// What is loaded.
        worker now info() -> EngineInfo;

        /// Decides about a request that came up now, also while another one runs, and keeps it: it is the one that
        /// `complete` and `warmPlanned` are for, until another is planned.
        worker now plan(request: CompletionRequest) -> RequestPlan;

        /// Answers the request that was planned last; yields to the event loop at least every 20 ms or so.
        worker request complete(on_update: Listener<CompletionUpdate>) -> CompletionResult;

        /// Reads the prompt of the request that was planned last into the KV cache: how many tokens were computed.
        worker request warm_planned as warmPlanned() -> u32;

        /// Up to `count` different suggestions for one place, the likeliest first.
        page request alternatives(request: CompletionRequest, count: u32) -> Alternatives;

        /// Reads the prompt of a request into the KV cache and answers nothing: how many tokens were computed.
        worker request warm(request: CompletionRequest) -> u32;

        /// Computes what will be suggested once the last suggestion was accepted, and the next request finds
        /// it: how many tokens were generated.
        worker request look_ahead as lookAhead() -> u32;

        /// Milliseconds for which a suggestion should stand before `lookAhead`.
        worker now ahead_after as aheadAfter() -> f64;

        /// Milliseconds after the cursor was put somewhere before `warm`.
        worker now warm_after as warmAfter() -> f64;

        /// Milliseconds without a request before `warm` for the place of the last one, with the event "asked":
        /// what prompts quote is chosen anew then, which is put off while somebody types.
        worker now renew_after as renewAfter() -> f64;

        /// Holds the next requests to these settings. What runs has to be cancelled. Throws for rules or
        /// fingerprints that cannot be read; from then on no file is completed.
        worker now guard(settings: GuardSettings) -> ();

        /// Asks the host about syntax from now on. Throws while a request runs.
        worker now set_syntax as setSyntax(ask: AskSyntax) -> ();

        /// Prompts quote from now on what a library finds, in place of the one before. While a request runs
        /// it comes into force at its end.
        worker now set_library as setLibrary(library: LibraryHost) -> ();

        /// Counts what became of suggestions.
        page now feedback(feedback: Feedback) -> ();

        /// What was counted so far.
        page now figures() -> FeedbackFigures;

        /// How likely a suggestion has to be, 0 to 1, before it is shown to somebody who did not ask for it.
        page now set_threshold as setThreshold(threshold: f64) -> ();

        /// The prompt that a request would have now, taken apart.
        page idle explain(request: CompletionRequest) -> Explanation;

        /// What may be shown of a text that another model wrote for a request. It finished for `length` while
        /// more of a growing text could be; a truncated one would have more, had its limit been higher.
        page urgent review(request: CompletionRequest, text: String, written: Written) -> CompletionResult;

        /// How many tokens the loaded model reads a text as.
        page idle count_tokens as countTokens(text: String) -> u32;

        /// Reads a prompt into an empty KV cache and decodes greedily, timed. For benchmarks.
        page request measure(request: MeasureRequest) -> MeasureResult;

        /// Cancels the running request, if there is one: it rejects with the code `cancelled`.
        worker now cancel() -> ();

        /// Destroys the GPU device as a crash of the GPU process would, so that a page can test how it falls
        /// back. Does nothing on the CPU.
        worker now lose_device as loseDevice() -> ();
    } };
}

/// The methods of the workspace index: implemented in `web/workspace/src/index.rs`, called by the
/// worker, and by the engine. All answer at once.
#[macro_export]
macro_rules! index_methods {
    ($($to:ident)::+, $($with:tt)*) => { $($to)::+! { $($with)*;
        /// Asks the host about syntax from now on.
        worker now set_syntax as setSyntax(ask: AskSyntax) -> ();

        /// Name of the syntax pack that reads a file; none for a language without a grammar.
        worker now pack_of as packOf(path: String) -> Option<String>;

        /// Keeps out what these options keep out of prompts, and everything for rules that cannot be read.
        worker now guard(options: GuardOptions) -> ();

        /// Compares a list of the whole workspace with the index: places in the list of files whose text is
        /// wanted. What is not listed is forgotten.
        worker now begin(files: Vec<FileStamp>) -> Vec<u32>;

        /// Takes changes, which are read in `step`.
        worker now change(changes: Vec<FileChange>) -> ();

        /// Brings files up to date for about so many milliseconds: how many still wait.
        worker now step(milliseconds: f64) -> u32;

        /// Notes that the cursor is in a line of a file, counted from 0.
        worker now visit(path: String, line: u32) -> ();

        /// The index as bytes, to be kept.
        worker now to_bytes as toBytes() -> Bytes;

        /// Begins to take over an index that was kept.
        worker now restore(bytes: Bytes) -> ();

        /// Reads for about so many milliseconds what was kept: whether more is left.
        worker now restore_step as restoreStep(milliseconds: f64) -> bool;

        /// Forgets every file.
        worker now clear() -> ();

        /// Whether it knows no file.
        library now is_empty as isEmpty() -> bool;

        /// What could be quoted at a cursor; question and answer are bytes between the two modules of a build.
        library now find(question: Bytes) -> Option<Bytes>;

        /// Whether a file may still be quoted.
        library now has(path: String) -> bool;

        /// How large it is.
        library now size() -> WorkspaceFigures;
    } };
}

/// The worker's own methods: implemented in `web/package/src/worker.ts`, called by the page. What
/// the engine answers by itself is not repeated here.
#[macro_export]
macro_rules! worker_methods {
    ($($to:ident)::+, $($with:tt)*) => { $($to)::+! { $($with)*;
        /// Generates. It takes the place of what was asked before, which goes on only if it agrees with what
        /// was typed since. With `wait` the engine says how long to wait first.
        page request complete(request: CompletionRequest, wait: bool, on_update: Listener<CompletionUpdate>) -> CompletionResult;

        /// How far the text of a file may go by the rules and the mode of these options; nowhere by rules that
        /// cannot be read.
        page early reach(options: GuardOptions, path: String) -> Reach;

        /// The cursor is there now: the prompt is read when there is nothing else to do.
        page now move_cursor as moveCursor(request: CompletionRequest) -> ();

        /// Holds requests to these settings and ends what runs; after an error no file is completed until the
        /// next ones.
        page now set_guard as setGuard(settings: GuardSettings) -> ();

        /// Opens a workspace, in place of the one before; what is kept of it under its name is read first.
        /// Places in the list of files whose text is wanted.
        page now open_workspace as openWorkspace(name: Option<String>, files: Vec<FileStamp>) -> Vec<u32>;

        /// Forgets the workspace.
        page now close_workspace as closeWorkspace() -> ();

        /// Files of the workspace as they are now; they are read when there is nothing else to do.
        page now change_files as changeFiles(changes: Vec<FileChange>) -> ();

        /// How large the index of the workspace is.
        page now workspace_figures as workspaceFigures() -> WorkspaceFigures;
    } };
}
