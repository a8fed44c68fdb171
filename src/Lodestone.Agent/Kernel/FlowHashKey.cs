using System.Buffers.Binary;
using System.Security.Cryptography;
using Lodestone.Datapath.Hashing;

namespace Lodestone.Agent.Kernel;

/// <summary>The secret under which gateways hash flows, kept in a file that all of them share: 32 bytes in hexadecimal.</summary>
internal static class FlowHashKey
{
    private const int Bytes = 32;

    /// <summary>Reads the key; where there is none, makes one that only its owner may read.</summary>
    /// <exception cref="InvalidDataException">The file holds something else.</exception>
    public static FlowSeed LoadOrCreate(string path)
    {
        if (!File.Exists(path))
        {
            Create(path);
        }

        byte[] key;
        try
        {
            key = Convert.FromHexString(File.ReadAllText(path).Trim());
        }
        catch (FormatException e)
        {
            throw new InvalidDataException($"{path}: the flow hash key is not hexadecimal", e);
        }

        if (key.Length != Bytes)
        {
            throw new InvalidDataException($"{path}: the flow hash key has {key.Length} bytes, not {Bytes}");
        }

        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(key, digest);
        return new FlowSeed(BinaryPrimitives.ReadUInt64LittleEndian(digest), BinaryPrimitives.ReadUInt64LittleEndian(digest[8..]));
    }

    /// <summary>Moved into place when it is whole. When another agent was faster, its key counts.</summary>
    private static void Create(string path)
    {
        string? directory = Path.GetDirectoryName(Path.GetFullPath(path));
        if (directory is not null)
        {
            Directory.CreateDirectory(directory);
        }

        string draft = $"{path}.{Environment.ProcessId}";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using (var file = new FileStream(draft, options))
        using (var writer = new StreamWriter(file))
        {
            writer.WriteLine(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(Bytes)));
        }

        try
        {
            File.Move(draft, path, overwrite: false);
        }
        catch (IOException) when (File.Exists(path))
        {
            File.Delete(draft);
        }
    }
}
