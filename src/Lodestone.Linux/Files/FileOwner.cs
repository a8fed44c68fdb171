using System.Globalization;

using Lodestone.Linux.Interop;

namespace Lodestone.Linux.Files;

/// <summary>Who a file belongs to.</summary>
public static class FileOwner
{
    private const string Users = "/etc/passwd";

    /// <summary>Gives a file or directory to a user of this machine and the user's first group.</summary>
    /// <param name="path">The file or directory.</param>
    /// <param name="user">The user's name in /etc/passwd.</param>
    /// <exception cref="LinuxException">There is no such file or user, or it is not ours to give.</exception>
    public static void Set(string path, string user)
    {
        // frr:x:105:114:Frr routing suite,,,:/nonexistent:/usr/sbin/nologin
        string[]? entry = File.ReadLines(Users).Select(line => line.Split(':')).FirstOrDefault(fields => fields.Length > 3 && fields[0] == user);
        if (entry is null
            || !uint.TryParse(entry[2], CultureInfo.InvariantCulture, out uint uid)
            || !uint.TryParse(entry[3], CultureInfo.InvariantCulture, out uint gid))
        {
            throw new LinuxException($"give '{path}' to user {user}, who is not in {Users}", Errno.NoEntry);
        }

        if (Libc.chown(path, uid, gid) != 0)
        {
            throw LinuxException.ForLastError($"give '{path}' to user {user}", "needs root or CAP_CHOWN");
        }
    }
}
