import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matrixCsv } from '../../../src/core/csv';
import { npyOf } from '../../../src/core/npy';

describe('a NumPy file', () => {
  it('is what numpy.save writes', () => {
    // numpy.save(file, numpy.array([[0.5, 1, 2], [0, -1, 0.25]], 'float32')), NumPy 2.4.6, as base64.
    const saved =
      'k05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9' +
      'ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAA/AACAPwAAAEAAAAAAAACAvwAAgD4=';
    const values = Float32Array.of(0.5, 1, 2, 0, -1, 0.25);
    expect(Buffer.from(npyOf(values, [2, 3])).toString('base64')).toBe(saved);
  });

  it('begins its numbers at a multiple of 64, whatever the shape', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 9999 }), { minLength: 1, maxLength: 5 }), (shape) => {
        const bytes = npyOf(new Float32Array(0), shape);
        expect(bytes.length % 64).toBe(0);
        const text = Buffer.from(bytes).toString('latin1');
        expect(text).toContain(`'shape': (${shape.join(', ')}${shape.length === 1 ? ',' : ''})`);
        expect(text.endsWith('\n')).toBe(true);
      }),
    );
  });
});

describe('comma-separated values', () => {
  it('have names around them, quoted where they must be', () => {
    const csv = matrixCsv(Float32Array.of(0.25, 1, 0.1, 0), ['a', 'say "b"'], [',', '##c']);
    expect(csv).toBe(',",",##c\r\na,0.25,1\r\n"say ""b""",0.100000001,0\r\n');
  });
});
