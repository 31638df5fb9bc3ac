/** Words that facts use again and again, by number. New ones come last in their list; a file is packed and unpacked by the same program. */

export const scopeKinds = ['module', 'class', 'function', 'lambda', 'comprehension'] as const;
export const blockKinds = ['body', 'if', 'else', 'for', 'while', 'loop-else', 'with', 'try', 'except', 'finally', 'try-else', 'case', 'conditional'] as const;
export const leaveKinds = ['return', 'raise', 'continue', 'break'] as const;
export const roles = ['statement', 'value', 'object', 'callee', 'argument', 'with', 'iterated', 'decorator', 'default'] as const;
export const sequenceTypes = ['list', 'tuple', 'set'] as const;
export const comprehensionTypes = ['list', 'set', 'dictionary', 'generator'] as const;
export const expressionKinds = ['name', 'attribute', 'call', 'await', 'subscript', 'constant', 'sequence', 'dictionary', 'operation', 'either', 'lambda', 'comprehension', 'star', 'unknown'] as const;
export const boundKinds = ['assigned', 'annotated', 'import', 'star-import', 'function', 'class', 'parameter', 'element', 'entered', 'exception', 'augmented', 'deleted', 'unknown'] as const;
export const testKinds = ['truthy', 'not', 'and', 'or', 'compare'] as const;
export const loopKinds = ['for', 'while', 'comprehension'] as const;
export const exitKinds = ['break', 'continue', 'return', 'yield', 'raise'] as const;
export const contained = ['with', 'async-with', 'try', 'async-for', 'while', 'for', 'if', 'global', 'del', 'assert', 'function'] as const;
export const useKinds = ['name', 'attribute', 'item', 'method', 'augmented'] as const;
export const bodyStatementKinds = ['assign', 'expression', 'other'] as const;
export const statementKinds = ['import', 'from-import', 'future', 'docstring', 'expression', 'assignment', 'function', 'class', 'if', 'try', 'with', 'for', 'other'] as const;
export const constantKinds = ['text', 'whole', 'double', 'true', 'false', 'null'] as const;
