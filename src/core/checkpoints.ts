/** Whether a file holds the weights of a framework, from which an `.onnx` file can be exported. */
export function isCheckpoint(fileName: string): boolean {
  return /\.safetensors$|^(pytorch_model.*\.bin|tf_model\.h5|flax_model\.msgpack)$/.test(fileName);
}

/** The command that exports a checkpoint, by the tool that its makers recommend. */
export function exportCommand(model: string, folder: string): string {
  return `optimum-cli export onnx --model ${quoted(model)} ${quoted(folder)}`;
}

/** An argument as every shell takes it. */
function quoted(argument: string): string {
  return /^[\w@%+=:,./\\-]+$/.test(argument) ? argument : `"${argument.replaceAll('"', '\\"')}"`;
}
