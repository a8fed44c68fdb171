using Lodestone.Cli.Commands;
using Lodestone.Client.Config;

namespace Lodestone.Cli.Hosting;

/// <summary>The kubeconfig of who runs a command: the one that is named, else kubectl's, else that of a server on this machine.</summary>
internal static class AdministratorKubeConfig
{
    /// <summary>Finds it; null where there is none.</summary>
    /// <exception cref="KubeConfigException">The file that was named can't be read.</exception>
    public static KubeConfig? Find(string? kubeconfig)
    {
        if (kubeconfig is not null)
        {
            return KubeConfig.Load(kubeconfig);
        }

        try
        {
            return KubeConfig.Load();
        }
        catch (KubeConfigException)
        {
            // The second one is where the service of the Debian package keeps its data.
            string[] own = [Path.Combine(CommonOptions.DefaultDataDirectory, "kubeconfig"), Path.Combine(CommonOptions.DefaultDataDirectory, "server", "kubeconfig")];
            return Array.Find(own, File.Exists) is { } file ? KubeConfig.Load(file) : null;
        }
    }
}
