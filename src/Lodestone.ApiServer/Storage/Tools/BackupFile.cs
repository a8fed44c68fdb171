using System.Buffers.Binary;
using System.Text;
using Lodestone.ApiServer.Storage.Files;

namespace Lodestone.ApiServer.Storage.Tools;

/// <summary>A file of the data directory as a backup holds it.</summary>
/// <param name="Name">Its name in the data directory.</param>
/// <param name="Mode">Its permissions.</param>
/// <param name="Content">What is in it.</param>
internal sealed record BackupFile(string Name, UnixFileMode Mode, byte[] Content)
{
    private const int HeaderLength = 4;
    private const long LargestBytes = 1 << 20;

    /// <summary>The files of a data directory that belong to its server: the CA, certificates, keys, kubeconfigs. Not the store, not logs.</summary>
    public static IEnumerable<BackupFile> Of(string dataDirectory)
    {
        foreach (string path in Directory.EnumerateFiles(dataDirectory).Order(StringComparer.Ordinal))
        {
            var info = new FileInfo(path);
            bool isOther = info.Name.StartsWith("store", StringComparison.Ordinal)
                || info.Name.EndsWith(".new", StringComparison.Ordinal)
                || info.Name.Contains(".log", StringComparison.Ordinal)
                || info.Length > LargestBytes;
            if (!isOther)
            {
                yield return new BackupFile(info.Name, OperatingSystem.IsWindows() ? UnixFileMode.None : info.UnixFileMode, File.ReadAllBytes(path));
            }
        }
    }

    /// <summary>Reads one from a backup.</summary>
    /// <exception cref="StoreCorruptException">It is not what <see cref="ToBytes"/> made.</exception>
    public static BackupFile Parse(StoreBlock block)
    {
        ReadOnlySpan<byte> content = block.Content;
        int nameLength = content.Length < HeaderLength ? int.MaxValue : BinaryPrimitives.ReadUInt16LittleEndian(content);
        if (nameLength > content.Length - HeaderLength)
        {
            throw new StoreCorruptException(block.File, block.Offset, "a file's name is cut short");
        }

        string name = Encoding.UTF8.GetString(content.Slice(HeaderLength, nameLength));
        return name.Length > 0 && name == Path.GetFileName(name) && name is not ("." or "..")
            ? new BackupFile(name, (UnixFileMode)BinaryPrimitives.ReadUInt16LittleEndian(content[2..]), content[(HeaderLength + nameLength)..].ToArray())
            : throw new StoreCorruptException(block.File, block.Offset, $"'{name}' is not the name of a file in a data directory");
    }

    /// <summary>The file as a backup holds it.</summary>
    public byte[] ToBytes()
    {
        byte[] name = Encoding.UTF8.GetBytes(Name);
        var bytes = new byte[HeaderLength + name.Length + Content.Length];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, checked((ushort)name.Length));
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(2), (ushort)Mode);
        name.CopyTo(bytes.AsSpan(HeaderLength));
        Content.CopyTo(bytes.AsSpan(HeaderLength + name.Length));
        return bytes;
    }
}
