// What scenes put into pages, and what they know of an element that they found.
export {};

declare global {
  interface Window {
    calls: any;
    begun: number;
    meanwhile: (string | null | undefined)[];
    heard: string;
    told: string[];
    editor: any;
    __violation(text: string): void;
    __ran?: boolean;
    axe: typeof import("axe-core");
  }
  interface Element {
    readonly dataset: DOMStringMap;
    readonly href: string;
    focus(): void;
    click(): void;
  }
}
