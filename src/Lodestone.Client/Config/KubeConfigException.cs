namespace Lodestone.Client.Config;

/// <summary>A kubeconfig can't be used; the message names the file, the field and what is wrong.</summary>
public sealed class KubeConfigException : Exception
{
    /// <summary>An error without a text.</summary>
    public KubeConfigException()
    {
    }

    /// <summary>An error that says what is wrong.</summary>
    public KubeConfigException(string message)
        : base(message)
    {
    }

    /// <summary>An error that says what is wrong, and its cause.</summary>
    public KubeConfigException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
