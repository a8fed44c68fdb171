using System.Buffers.Binary;
using System.Numerics;

namespace Lodestone.Kernel.Tests.Fuzz;

/// <summary>xoshiro256**, since the framework's generator for given seeds makes one byte at a time and takes longer than everything else together.</summary>
internal sealed class FuzzRandom : Random
{
    private ulong _a;
    private ulong _b;
    private ulong _c;
    private ulong _d;

    public FuzzRandom(ulong seed)
        : base(0)
    {
        // SplitMix64, as its authors advise for seeding.
        (_a, _b, _c, _d) = (Split(ref seed), Split(ref seed), Split(ref seed), Split(ref seed));
    }

    public override int Next() => (int)(NextWord() >> 33);

    public override int Next(int maxValue) => (int)(((NextWord() >> 32) * (ulong)(uint)maxValue) >> 32);

    public override int Next(int minValue, int maxValue) => minValue + Next(maxValue - minValue);

    public override long NextInt64() => (long)(NextWord() >> 1);

    public override double NextDouble() => (NextWord() >> 11) * (1.0 / (1ul << 53));

    public override void NextBytes(byte[] buffer) => NextBytes(buffer.AsSpan());

    public override void NextBytes(Span<byte> buffer)
    {
        for (; buffer.Length >= 8; buffer = buffer[8..])
        {
            BinaryPrimitives.WriteUInt64LittleEndian(buffer, NextWord());
        }

        ulong last = NextWord();
        for (int i = 0; i < buffer.Length; i++, last >>= 8)
        {
            buffer[i] = (byte)last;
        }
    }

    protected override double Sample() => NextDouble();

    private static ulong Split(ref ulong seed)
    {
        ulong z = seed += 0x9e3779b97f4a7c15;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }

    private ulong NextWord()
    {
        ulong result = BitOperations.RotateLeft(_b * 5, 7) * 9;
        ulong t = _b << 17;
        _c ^= _a;
        _d ^= _b;
        _b ^= _c;
        _a ^= _d;
        _c ^= t;
        _d = BitOperations.RotateLeft(_d, 45);
        return result;
    }
}
