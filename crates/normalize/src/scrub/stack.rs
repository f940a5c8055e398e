//! The walk through what is about code: exceptions, threads, stacks and templates.

use watchpost_model::{Exception, Frame, Mechanism, Stacktrace, TemplateSource, Thread, Variable};

use super::place::{Care, Kinds, Place};
use super::value::kinds;
use super::walk::Walk;

impl Walk<'_> {
    pub(super) fn exception(&mut self, at: &Place<'_>, exception: &mut Exception) {
        let Exception {
            kind,
            value,
            module,
            mechanism,
            stacktrace,
            thread_id,
        } = exception;
        self.option(&at.text("type", Care::Code), kind);
        self.option(&at.text("value", Care::Text), value);
        self.option(&at.text("module", Care::Code), module);
        self.option(&at.text("thread_id", Care::Code), thread_id);
        if let Some(mechanism) = mechanism {
            let at = at.part("mechanism", Kinds::NONE, Care::Code);
            self.mechanism(&at, mechanism);
        }
        self.stack(at, stacktrace.as_mut());
    }

    fn mechanism(&mut self, at: &Place<'_>, mechanism: &mut Mechanism) {
        let Mechanism {
            kind,
            handled: _,
            synthetic: _,
            other,
        } = mechanism;
        self.text(&at.text("type", Care::Code), kind);
        self.names(at, other);
        for (name, value) in other {
            let care = match name.as_str() {
                "data" | "description" => Care::Open,
                _ => Care::Line,
            };
            self.value(&at.part(name, kinds(value), care), value);
        }
    }

    pub(super) fn thread(&mut self, at: &Place<'_>, thread: &mut Thread) {
        let Thread {
            id,
            name,
            crashed: _,
            current: _,
            stacktrace,
        } = thread;
        self.option(&at.text("id", Care::Code), id);
        self.option(&at.text("name", Care::Line), name);
        self.stack(at, stacktrace.as_mut());
    }

    pub(super) fn stack(&mut self, at: &Place<'_>, stack: Option<&mut Stacktrace>) {
        let Some(stack) = stack else { return };
        let Stacktrace { frames, other } = stack;
        let at = at.part("stacktrace", Kinds::STACKTRACE, Care::Code);
        self.entries(&at, other);
        let list = at.part("frames", Kinds::NONE, Care::Code);
        for (index, frame) in frames.iter_mut().enumerate() {
            self.frame(&list.item(index, Kinds::FRAME), frame);
        }
    }

    fn frame(&mut self, at: &Place<'_>, frame: &mut Frame) {
        let Frame {
            filename,
            abs_path,
            module,
            function,
            package,
            lineno: _,
            colno: _,
            pre_context,
            context_line,
            post_context,
            in_app: _,
            vars,
            other,
        } = frame;
        let fields = [
            ("filename", filename),
            ("abs_path", abs_path),
            ("module", module),
            ("function", function),
            ("package", package),
            ("context_line", context_line),
        ];
        for (name, field) in fields {
            self.option(&at.text(name, Care::Code), field);
        }
        self.lines(at, "pre_context", pre_context);
        self.lines(at, "post_context", post_context);
        self.entries(at, other);
        self.variables(at, vars);
    }

    fn lines(&mut self, at: &Place<'_>, name: &str, lines: &mut [String]) {
        let at = at.part(name, Kinds::ARRAY, Care::Code);
        for (index, line) in lines.iter_mut().enumerate() {
            self.text(&at.item(index, Kinds::STRING), line);
        }
    }

    fn variables(&mut self, at: &Place<'_>, variables: &mut Vec<Variable>) {
        if variables.is_empty() {
            return;
        }
        let at = at.part("vars", Kinds::OBJECT, Care::Open);
        if let Some(reason) = self.whole(&at) {
            variables.clear();
            self.remark(&at, &reason);
            return;
        }
        for Variable { name, value } in variables {
            self.name(&at, name);
            self.value(&at.entry(name, kinds(value)), value);
        }
    }

    pub(super) fn template(&mut self, at: &Place<'_>, template: &mut TemplateSource) {
        let TemplateSource {
            filename,
            abs_path,
            lineno: _,
            pre_context,
            context_line,
            post_context,
        } = template;
        self.option(&at.text("filename", Care::Code), filename);
        self.option(&at.text("abs_path", Care::Code), abs_path);
        self.option(&at.text("context_line", Care::Code), context_line);
        self.lines(at, "pre_context", pre_context);
        self.lines(at, "post_context", post_context);
    }
}
