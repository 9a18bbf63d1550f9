// node-saml. Processor time is that of the process: its cryptography runs in it, and its other threads are idle.
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const readline = require("node:readline");
// Installed elsewhere than beside this file: NODE_PATH says where.
const { SAML, ValidateInResponseTo } = require("@node-saml/node-saml");

const directory = process.argv[process.argv.length - 1];
const text = (name) => fs.readFileSync(path.join(directory, name), "utf8");

function provider() {
  return new SAML({
    issuer: "https://portal.example.nl/saml/metadata",
    audience: "https://portal.example.nl/saml/metadata",
    callbackUrl: "https://portal.example.nl/saml/acs",
    entryPoint: "https://broker.example.nl/broker/sp/saml/login",
    idpIssuer: "https://broker.example.nl/broker/sp/saml",
    idpCert: text("broker.crt.pem"),
    privateKey: text("portal.key.pem"),
    decryptionPvk: text("portal.key.pem"),
    signatureAlgorithm: "sha256",
    digestAlgorithm: "sha256",
    wantAssertionsSigned: true,
    wantAuthnResponseSigned: false,
    validateInResponseTo: ValidateInResponseTo.never,
    identifierFormat: null,
  });
}

function prepare(name) {
  const saml = provider();
  if (name === "redirect-request") return () => saml.getAuthorizeUrlAsync("", undefined, {});
  if (name === "post-request") return () => saml.getAuthorizeFormAsync("");
  if (name === "metadata-one") throw new Error("it reads no metadata");
  const messages = text(`${name}/messages.tsv`).trimEnd().split("\n").map((line) => line.split("\t"));
  if (messages.some((fields) => fields[1] !== "response")) throw new Error("only responses by HTTP-POST");
  let next = 0;
  return async () => {
    const [, , base64, expect] = messages[next];
    next = (next + 1) % messages.length;
    let error;
    try {
      await saml.validatePostResponseAsync({ SAMLResponse: base64 });
    } catch (caught) {
      error = caught;
    }
    if ((error === undefined) !== (expect === "accept")) throw error ?? new Error("it accepts what must be refused");
  };
}

async function main() {
  let name;
  let job;
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const [wanted, count] = line.split(" ");
    const iterations = Number(count);
    let answer;
    try {
      if (wanted !== name || iterations === 0) {
        name = undefined;
        job = prepare(wanted);
        name = wanted;
      }
      try {
        const start = process.cpuUsage();
        for (let done = 0; done < iterations; done += 1) await job();
        const took = process.cpuUsage(start);
        answer = String((took.user + took.system) * 1000);
      } catch (error) {
        answer = `failed ${error.message}`;
      }
    } catch (error) {
      answer = `unsupported ${error.message}`;
    }
    console.log(answer.replaceAll("\n", " "));
  }
}

main();
