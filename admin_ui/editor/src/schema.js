// What the JSON Schema of scenarios allows at a place.

export class Vocabulary {
  constructor(schema) {
    this.schema = schema;
  }

  /** The part of the schema for this path; undefined where the schema says nothing. */
  at(path) {
    return path.reduce((node, step) => this.#below(node, step), this.#settled(this.schema));
  }

  /** The keys of a map, in the order of the schema. */
  keys(node) {
    return Object.entries(node?.properties ?? {}).map(([name, below]) => {
      return { name, node: this.#settled(below), required: (node.required ?? []).includes(name) };
    });
  }

  /** The values that a closed list allows. */
  values(node) {
    if (node?.type === "boolean") return ["true", "false"];
    return [...(node?.enum ?? []), ...(node?.const === undefined ? [] : [node.const])].map(String);
  }

  #below(node, step) {
    if (typeof step === "number") return this.#settled(node?.items);
    if (node?.["x-by-id"]) return this.#settled(node.items); // a patch names the item of a list by its id
    const open = typeof node?.additionalProperties === "object" ? node.additionalProperties : undefined;
    return this.#settled(node?.properties?.[step] ?? open);
  }

  #settled(node) {
    if (!node?.$ref) return node;
    const { $ref, ...own } = node; // the own description is nearer to the reader than the shared one
    return { ...this.#settled(this.schema.$defs[$ref.split("/").pop()]), ...own };
  }
}
