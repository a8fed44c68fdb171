using System.Globalization;
using System.Text;

namespace Lodestone.ApiServer.Storage.Files;

/// <summary>The right to write a store. One process has it at a time; the system takes it back when the process ends, however it ends.</summary>
internal sealed class StoreLock : IDisposable
{
    private readonly FileStream _file;
    private readonly string _ownerPath;

    private StoreLock(FileStream file, string ownerPath)
    {
        _file = file;
        _ownerPath = ownerPath;
    }

    /// <summary>Takes the lock of a data directory.</summary>
    /// <exception cref="StoreException">Another process has it; the message names the process and the file.</exception>
    public static StoreLock Take(string dataDirectory)
    {
        string path = Path.Combine(dataDirectory, StoreFormat.LockName);
        // A locked file cannot be read: who has it stands beside it.
        string ownerPath = path + ".pid";
        FileStream file;
        try
        {
            file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException exception) when (exception is not (DirectoryNotFoundException or FileNotFoundException))
        {
            throw new StoreException($"'{path}' is locked: {Owner(ownerPath)} has this store open. One process at a time may write it; stop that one first", exception);
        }

        try
        {
            File.WriteAllText(ownerPath, Environment.ProcessId.ToString(CultureInfo.InvariantCulture) + "\n", Encoding.ASCII);
        }
        catch (IOException)
        {
            // A full disk: only the hint is missing.
        }

        return new StoreLock(file, ownerPath);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        File.Delete(_ownerPath);
        _file.Dispose();
    }

    private static string Owner(string path)
    {
        try
        {
            string pid = File.ReadAllText(path).Trim();
            return pid.Length > 0 ? $"the process with pid {pid}" : "another process";
        }
        catch (IOException)
        {
            return "another process";
        }
    }
}
