// Inserts snippets as VS Code does, with VS Code's own code: one JSON case a line on stdin, the text as JSON on stdout.
// A case: body; answers by stop; tabs (the file's indentation is a tab); size (of an indentation); line (what stands
// before the snippet on its line).
import { register } from 'node:module';
import { createInterface } from 'node:readline';

const editor = `file://${process.argv[2]}/node_modules/monaco-editor/esm/vs/editor/`;

// snippetSession.js asks for its style sheet, which only a browser can read.
register('data:text/javascript,' + encodeURIComponent(`
    export const load = (url, context, next) =>
        url.endsWith('.css') ? { format: 'module', source: '', shortCircuit: true } : next(url, context);
`));
const { SnippetParser, Text } = await import(editor + 'contrib/snippet/browser/snippetParser.js');
const { SnippetSession } = await import(editor + 'contrib/snippet/browser/snippetSession.js');
const { normalizeIndentation } = await import(editor + 'common/core/misc/indentation.js');

function insert({ body, answers = {}, tabs = false, size = 4, line = '' }) {
    const snippet = new SnippetParser().parse(body, true);
    const model = {
        getLineContent: () => line,
        normalizeIndentation: text => normalizeIndentation(text, size, !tabs),
        getEOL: () => '\n',
    };
    SnippetSession.adjustWhitespace(model, { lineNumber: 1, column: line.length + 1 }, true, snippet);
    const variables = [];
    snippet.resolveVariables({ resolve: variable => { variables.push(variable.name); } });
    if (variables.length) throw new Error(`variables: ${variables}`);
    for (const placeholder of snippet.placeholders) {
        if (placeholder.index in answers) placeholder._children = [new Text(answers[placeholder.index])];
    }
    return line + snippet.toString();
}

for await (const asked of createInterface({ input: process.stdin })) {
    let answer;
    try { answer = { text: insert(JSON.parse(asked)) }; } catch (error) { answer = { error: String(error) }; }
    // ASCII alone: half a surrogate pair would not come through UTF-8.
    process.stdout.write(JSON.stringify(answer).replace(/[\u007f-\uffff]/g,
        unit => '\\u' + unit.charCodeAt(0).toString(16).padStart(4, '0')) + '\n');
}
