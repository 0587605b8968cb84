// bpmn-engine: recovered, resumed, signalled and its state written through to disk at each completion.
// It has no store of its own and this Node may have no SQLite: a file with fsync stands in, which favours it.
import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(`${process.env.NODE_PATH}/`);
const { Engine } = require("bpmn-engine");
const { version } = JSON.parse(readFileSync(`${process.env.NODE_PATH}/bpmn-engine/package.json`));

const source = `<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" targetNamespace="urn:peer">
  <process id="five" isExecutable="true"><startEvent id="s"/><sequenceFlow id="f0" sourceRef="s" targetRef="t1"/>
  <userTask id="t1"/><sequenceFlow id="f1" sourceRef="t1" targetRef="t2"/><userTask id="t2"/>
  <sequenceFlow id="f2" sourceRef="t2" targetRef="t3"/><userTask id="t3"/>
  <sequenceFlow id="f3" sourceRef="t3" targetRef="g"/><exclusiveGateway id="g" default="f4"/>
  <sequenceFlow id="f4" sourceRef="g" targetRef="t4"/>
  <sequenceFlow id="f6" sourceRef="g" targetRef="e2"><conditionExpression
    xsi:type="tFormalExpression">\${environment.variables.denied}</conditionExpression></sequenceFlow><userTask id="t4"/>
  <sequenceFlow id="f5" sourceRef="t4" targetRef="t5"/><userTask id="t5"/>
  <sequenceFlow id="f7" sourceRef="t5" targetRef="e"/><endEvent id="e"/><endEvent id="e2"/></process></definitions>`;

function keep(state) {
  const file = openSync("engine.json", "w");
  writeSync(file, JSON.stringify(state));
  fsyncSync(file);
  closeSync(file);
}

async function completeOne(state) {
  const engine = new Engine().recover(state);
  const execution = await engine.resume();
  const [task] = execution.getPostponed().filter((one) => one.type === "bpmn:UserTask");
  if (!task) return null;
  execution.signal({ id: task.id, valor: 42 });
  const after = await engine.getState();
  keep(after);
  engine.stop();
  return after;
}

async function main(cases) {
  let completed = 0;
  const began = process.cpuUsage();
  for (let number = 0; number < cases; number += 1) {
    const engine = new Engine({ source });
    await engine.execute();
    let state = await engine.getState();
    keep(state);
    engine.stop();
    for (;;) {
      const after = await completeOne(state);
      if (!after) break;
      completed += 1;
      state = JSON.parse(JSON.stringify(after));
    }
  }
  const spent = process.cpuUsage(began);
  const ms = (spent.user + spent.system) / 1000 / completed;
  console.log(JSON.stringify({ version, ms, completions: completed }));
}

await main(Number(process.argv[2]));
process.exit(0);
