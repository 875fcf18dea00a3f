import type { ICell, IError, INotebookContent, IOutput } from '@jupyterlab/nbformat';

/** A notebook without what no rule looks at: outputs but for errors, attachments, text cells. */
export function slim(content: INotebookContent): INotebookContent {
  return { ...content, cells: content.cells.map(withoutOutputs) };
}

function withoutOutputs(cell: ICell): ICell {
  const outputs = Array.isArray(cell.outputs) ? (cell.outputs as IOutput[]) : [];
  return cell.cell_type === 'code'
    ? { ...cell, outputs: outputs.filter(isError).map(named) }
    : { ...cell, attachments: {}, source: '' };
}

function isError(output: IOutput): output is IError {
  return output.output_type === 'error';
}

/** The name of an error is what a rule reads. */
function named({ output_type, ename }: IError): IError {
  return { output_type, ename, evalue: '', traceback: [] };
}
