using Lodestone.Client.Controllers;

namespace Lodestone.Controllers.Access;

/// <summary>A controller that says what it does to the API. The role it runs with is made from this, and from nothing else.</summary>
internal interface IDeclaresPermissions : IReconciler
{
    /// <summary>What it reads and writes; events go without saying.</summary>
    public static abstract Permissions Permissions { get; }
}
