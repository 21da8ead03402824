/** Several command lines (JSON) one after the other in this process; each tells its exit status. */
import { runCommandLine } from "../../lib/command-line/main";

async function main(commands: string[][]): Promise<void> {
  const tell = (text: string): void => void process.stdout.write(text);
  for (const words of commands) {
    const status = await runCommandLine(words, { out: tell, err: tell, interactive: false, columns: 80 });
    tell(`status ${status}\n`);
  }
}

void main(JSON.parse(process.argv[2]) as string[][]).then(() => process.exit(0));
