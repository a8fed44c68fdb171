namespace Lodestone.ApiServer.Audit;

/// <summary>A file with an audit policy.</summary>
public static class AuditPolicyFile
{
    /// <summary>Reads a policy to see that it is one.</summary>
    /// <exception cref="FormatException">It is none; the message names file and field.</exception>
    /// <exception cref="IOException">It can't be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static void Check(string path) => Read(path);

    /// <summary>Reads a policy.</summary>
    internal static AuditPolicy Read(string path)
    {
        try
        {
            return AuditPolicy.Parse(File.ReadAllText(path));
        }
        catch (FormatException exception)
        {
            throw new FormatException($"audit policy {path}: {exception.Message}", exception);
        }
    }
}
