/** A picture is a file: what is none is refused by its name, and no name reaches beyond the file system. */
import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import * as path from "node:path";
import { createCanvas } from "@napi-rs/canvas";
import { UserError } from "../../lib/errors/user-error";
import { porosityOfPicture } from "../../lib/porosity/porosity-image";
import { temporaryFolder } from "../temporary-folder";

describe("the file of a picture", () => {
  const folder = temporaryFolder();
  const law = { epsMin: 0.2, epsMax: 0.5 };
  const refused = (file: string, says: RegExp) =>
    assert.rejects(
      porosityOfPicture(file, law, [2, 2]),
      (error) => error instanceof UserError && says.test(error.message),
    );

  it("a file that is missing, has an impossible name, or is no picture is refused by its name", async () => {
    await refused(path.join(folder(), "none.png"), /cannot read .*none\.png: no such file/);
    await refused(path.join(folder(), "a\0.png"), /cannot read ".*a\\u0000\.png": no file can have that name/);
    const text = path.join(folder(), "text.png");
    fs.writeFileSync(text, "no picture");
    await refused(text, /text\.png: a picture is expected/);
  });

  it("an address in the place of a file's name is never fetched", async () => {
    let requests = 0;
    const server = http.createServer((_, response) => {
      requests++;
      response.end(createCanvas(2, 2).toBuffer("image/png"));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const { port } = server.address() as AddressInfo;
      await refused(`http://127.0.0.1:${port}/eps.png`, /no such file/);
      assert.equal(requests, 0);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });
});
